"""What the functions of every cloud have in common; a cloud's own host fills in the rest."""
