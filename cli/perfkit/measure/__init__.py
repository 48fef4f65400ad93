"""What is read off the machine from outside: CPU clocks of our own processes, health, facts for the fingerprint."""
