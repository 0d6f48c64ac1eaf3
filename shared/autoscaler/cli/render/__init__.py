"""What commands tell, as Rich renderables: values in, nothing read and nothing printed."""
