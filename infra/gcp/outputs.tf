output "stage" {
  description = "The deployment's name, as its configuration has it"
  value       = local.stage
}

output "database" {
  description = "The state table; open it in Firestore's console"
  value       = google_firestore_database.table.name
}

output "prefix" {
  description = "What the names of its functions, topics and subscriptions begin with"
  value       = local.prefix
}

output "functions" {
  description = "The functions' addresses; nobody but Pub/Sub and Cloud Scheduler may call them"
  value       = { for name, one in google_cloudfunctions2_function.function : name => one.service_config[0].uri }
}

output "alerts_topic" {
  description = "Subscribe to it to hear of notices"
  value       = google_pubsub_topic.alerts.id
}

output "dead_letters" {
  description = "What failed five times, kept for 31 days"
  value       = google_pubsub_subscription.dead_letters.id
}

output "machines_account" {
  description = "For `gcp.service_account` of the configuration"
  value       = google_service_account.machines.email
}

output "config_in" {
  description = "Which configuration the functions go by, the packaged one or that of the table"
  value       = var.config_in_table ? "table" : "package"
}

output "machine_projects" {
  description = "Where the functions may act; a pushed configuration names no others"
  value       = local.machine_projects
}

output "impersonated" {
  description = "Accounts that the functions may take on; a pushed configuration names no others"
  value       = toset(local.deployment.impersonated)
}
