"""``perfkit init``: the files of a project, and what is found of it."""
