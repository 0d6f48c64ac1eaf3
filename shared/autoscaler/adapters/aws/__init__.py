"""Amazon Web Services: DynamoDB, SNS, EC2, secrets and prices, behind the ports."""
