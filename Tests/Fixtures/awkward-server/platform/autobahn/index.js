// Only its name is looked at.
