"""``perfkit bisect``: its course, the pursuit of the commit, and the lab that judges one."""
