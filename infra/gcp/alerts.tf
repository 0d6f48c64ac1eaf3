# What a person must hear of.

locals {
  channels = concat(sort(var.notification_channels), google_monitoring_notification_channel.email[*].id)
  poller   = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${local.prefix}-poller\""
}

resource "google_monitoring_notification_channel" "email" {
  count = var.alerts_email == "" ? 0 : 1

  project      = var.project
  type         = "email"
  display_name = local.prefix
  labels       = { email_address = var.alerts_email }
  user_labels  = local.labels
  depends_on   = [google_project_service.needed]
}

resource "google_monitoring_alert_policy" "dead_letters" {
  project               = var.project
  display_name          = "${local.prefix}: dead letters"
  combiner              = "OR"
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = "A message failed five times"
    condition_threshold {
      filter          = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.dead_letters.name}\" AND metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }
  documentation {
    content = "An order to start or to end machines, or what Compute Engine said of one, failed five times. See what it says, then hand it over again (docs/deploy-gcp.md)."
  }
}

resource "google_monitoring_alert_policy" "poller_silent" {
  project               = var.project
  display_name          = "${local.prefix}: no ticks"
  combiner              = "OR"
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = "No tick in the last ten minutes"
    condition_absent {
      filter   = "${local.poller} AND metric.type = \"run.googleapis.com/request_count\""
      duration = "600s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
  documentation {
    content = "Nothing starts, and idle machines stay until their guards end them. Is the Scheduler's job there and enabled, and may it call the poller?"
  }
}

resource "google_monitoring_alert_policy" "poller_errors" {
  project               = var.project
  display_name          = "${local.prefix}: ticks fail"
  combiner              = "OR"
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = "Three ticks of the last five minutes failed"
    condition_threshold {
      filter          = "${local.poller} AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class != \"2xx\""
      comparison      = "COMPARISON_GT"
      threshold_value = 2
      duration        = "0s"
      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
  documentation {
    content = "The poller's log says why."
  }
}

# A notice stands in the log of the function that gives it, as in the topic of alerts.
resource "google_monitoring_alert_policy" "notices" {
  project               = var.project
  display_name          = "${local.prefix}: notices"
  combiner              = "OR"
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = "A notice for people"
    condition_matched_log {
      filter = <<-EOT
        resource.type="cloud_run_revision"
        resource.labels.service_name=~"^${local.prefix}-(poller|watcher)$"
        jsonPayload.message="notice"
      EOT
      label_extractors = {
        about = "EXTRACT(jsonPayload.about)"
        text  = "EXTRACT(jsonPayload.text)"
      }
    }
  }
  alert_strategy {
    auto_close = "1800s"
    notification_rate_limit {
      period = "300s"
    }
  }
  documentation {
    content = "$${log.extracted_label.about}: $${log.extracted_label.text}"
  }
}
