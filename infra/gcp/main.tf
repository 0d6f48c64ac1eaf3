# What all parts have in common. docs/deploy-gcp.md tells the rest.

locals {
  deployment = jsondecode(file("${var.package}/deployment.json"))
  stage      = local.deployment.name
  prefix     = "clearml-autoscaler-${local.stage}"
  account    = "cas-${local.stage}" # ids of accounts have thirty characters at most
  role       = replace(local.prefix, "-", "_")
  labels     = merge(var.labels, { clearml-autoscaler-stack = local.stage })

  # Where machines are: those that the configuration names; "" is the functions' own project.
  machine_projects = toset([for project in local.deployment.projects : project == "" ? var.project : project])
}

data "google_project" "this" {
  project_id = var.project
}

resource "google_project_service" "needed" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
  ])

  project            = var.project
  service            = each.key
  disable_on_destroy = false # others in the project may use it
}
