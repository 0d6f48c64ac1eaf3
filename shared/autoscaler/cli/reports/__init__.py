"""What commands tell, as values: from rows of the table to what is printed or dumped as JSON."""
