"""As much of Google Cloud as the adapters ask, over gRPC: Firestore, Pub/Sub, Secret Manager."""
