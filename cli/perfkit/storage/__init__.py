"""Files: scenarios, clients and projects are read here; journals, results and exports are written and read."""
