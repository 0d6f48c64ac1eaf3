"""Google Cloud: Firestore, Pub/Sub, secrets and events, behind the ports."""
