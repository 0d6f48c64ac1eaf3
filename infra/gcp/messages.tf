# A topic for each kind of message, and where what failed waits for a person.

locals {
  # `keep` is how long a message is worth delivering, in seconds. Pub/Sub waits for a function as
  # long as it may run: `patience`, ten seconds more than its timeout.
  pushes = {
    poke   = { to = "poller", keep = 600, patience = 120 } # the next minute comes by itself
    launch = { to = "launcher", keep = 86400, patience = 100 }
    reap   = { to = "reaper", keep = 86400, patience = 70 }
    events = { to = "watcher", keep = 86400, patience = 40 } # ticks find out by themselves, later
  }

  # Pub/Sub's own account in this project, which hands on what could not be delivered.
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "messages" {
  for_each = local.pushes

  project    = var.project
  name       = "${local.prefix}-${each.key}"
  labels     = local.labels
  depends_on = [google_project_service.needed]
}

resource "google_pubsub_topic" "alerts" {
  project    = var.project
  name       = "${local.prefix}-alerts"
  labels     = local.labels
  depends_on = [google_project_service.needed]
}

resource "google_pubsub_topic" "dead" {
  project    = var.project
  name       = "${local.prefix}-dead"
  labels     = local.labels
  depends_on = [google_project_service.needed]
}

resource "google_pubsub_subscription" "push" {
  for_each = local.pushes

  project                    = var.project
  name                       = "${local.prefix}-${each.key}"
  topic                      = google_pubsub_topic.messages[each.key].id
  labels                     = local.labels
  ack_deadline_seconds       = each.value.patience
  message_retention_duration = "${each.value.keep}s"

  push_config {
    push_endpoint = google_cloudfunctions2_function.function[each.value.to].service_config[0].uri
    oidc_token {
      service_account_email = google_service_account.pusher.email
      audience              = google_cloudfunctions2_function.function[each.value.to].service_config[0].uri
    }
  }
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead.id
    max_delivery_attempts = 5
  }
  expiration_policy {
    ttl = "" # never, though nothing comes for a month
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.pusher,
    google_pubsub_topic_iam_member.agent,
    google_service_account_iam_member.agent,
  ]
}

# Dead letters are told to people; who failed at that tries again for a day. It has no dead letters
# of its own: they would come back to it.
resource "google_pubsub_subscription" "dead" {
  project                    = var.project
  name                       = "${local.prefix}-dead"
  topic                      = google_pubsub_topic.dead.id
  labels                     = local.labels
  ack_deadline_seconds       = local.pushes.events.patience
  message_retention_duration = "86400s"

  push_config {
    push_endpoint = google_cloudfunctions2_function.function["watcher"].service_config[0].uri
    oidc_token {
      service_account_email = google_service_account.pusher.email
      audience              = google_cloudfunctions2_function.function["watcher"].service_config[0].uri
    }
  }
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
  expiration_policy {
    ttl = ""
  }

  depends_on = [google_cloud_run_v2_service_iam_member.pusher, google_service_account_iam_member.agent]
}

# The same letters, kept until a person takes them out or hands them over again.
resource "google_pubsub_subscription" "dead_letters" {
  project                    = var.project
  name                       = "${local.prefix}-dead-letters"
  topic                      = google_pubsub_topic.dead.id
  labels                     = local.labels
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s" # 31 days, the longest that Pub/Sub keeps anything
  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "agent" {
  project = var.project
  topic   = google_pubsub_topic.dead.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "agent" {
  for_each = local.pushes

  project      = var.project
  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_service_account_iam_member" "agent" {
  service_account_id = google_service_account.pusher.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
}

# What Compute Engine says of machines. A sink and not Eventarc: one filter takes all that counts,
# where Eventarc wants a trigger for each method, and makes subscriptions that have no dead letters.
resource "google_logging_project_sink" "events" {
  for_each = local.machine_projects

  project                = each.key
  name                   = "${local.prefix}-events"
  description            = "Preempted and ended machines, for the autoscaler's watcher"
  destination            = "pubsub.googleapis.com/${google_pubsub_topic.messages["events"].id}"
  unique_writer_identity = true
  filter                 = <<-EOT
    (log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/system_event"))
    protoPayload.serviceName="compute.googleapis.com"
    protoPayload.resourceName=~"/instances/clearml-[0-9a-z]+-[0-9]+-[0-9]+-[0-9a-f]{12}$"
    protoPayload.methodName=~"[.](baremetalCaretakerPreempted|delete|guestTerminate|hostError|preempted|stop|terminateOnHostMaintenance)$"
  EOT
}

resource "google_pubsub_topic_iam_member" "sink" {
  for_each = local.machine_projects

  project = var.project
  topic   = google_pubsub_topic.messages["events"].name
  role    = "roles/pubsub.publisher"
  member  = google_logging_project_sink.events[each.key].writer_identity
}
