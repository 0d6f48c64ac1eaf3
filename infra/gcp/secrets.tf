# Who reads which secret. The secrets themselves are yours: Terraform never sees what is in them.

locals {
  # A secret by its name is the project's of who reads it: the functions', or the machines'.
  read_by_functions = merge([
    for secret in local.deployment.secrets : {
      for name in secret.functions : "${secret.name}/${name}" => {
        secret  = secret.name
        project = secret.project == "" ? var.project : secret.project
        name    = name
      }
    }
  ]...)
  read_by_machines = merge([
    for secret in local.deployment.secrets : {
      for email in secret.accounts : "${secret.project}/${secret.name}/${email}" => {
        secret  = secret.name
        project = secret.project == "" ? var.project : secret.project
        member  = "serviceAccount:${email}"
      }
    }
  ]...)
}

resource "google_secret_manager_secret_iam_member" "functions" {
  for_each = local.read_by_functions

  project   = each.value.project
  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.function[each.value.name].member
}

resource "google_secret_manager_secret_iam_member" "machines" {
  for_each = local.read_by_machines

  project   = each.value.project
  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = each.value.member

  depends_on = [google_service_account.machines]
}
