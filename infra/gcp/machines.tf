# Who machines are, and who may start and end them. Any task on a machine can act as this account
# (docs/gce.md), so it reads what boot needs, and can do nothing else: not to machines, not to the table.

locals {
  named_like_ours = "resource.type != \"compute.googleapis.com/Instance\" || resource.name.extract(\"/instances/{name}\").startsWith(\"clearml-\")"

  compute_roles = {
    looker = {
      title       = "sees machines, and what became of them"
      permissions = ["compute.instances.get", "compute.instances.list", "compute.zoneOperations.list"]
    }
    starter = {
      title = "starts machines"
      permissions = concat(sort(var.launcher_permissions), [
        "compute.disks.create",
        "compute.disks.setLabels",
        "compute.images.useReadOnly",
        "compute.instances.create",
        "compute.instances.setLabels",
        "compute.instances.setMetadata",
        "compute.instances.setServiceAccount",
        "compute.instances.setTags",
        "compute.machineImages.useReadOnly",
        "compute.subnetworks.use",
        "compute.subnetworks.useExternalIp",
        "compute.zoneOperations.get",
      ])
    }
    ender = {
      title       = "drains and ends machines"
      permissions = ["compute.instances.delete", "compute.instances.getSerialPortOutput", "compute.instances.setMetadata"]
    }
  }
  compute_roles_of = {
    poller   = ["looker"]
    launcher = ["looker", "starter"]
    reaper   = ["looker", "ender"]
  }

  roles_in = merge([
    for project in local.machine_projects : {
      for role, about in local.compute_roles : "${project}/${role}" => merge(about, { project = project, role = role })
    }
  ]...)
  members_in = merge(flatten([
    for project in local.machine_projects : [
      for name, roles in local.compute_roles_of : {
        for role in roles : "${project}/${name}/${role}" => { project = project, name = name, role = role }
      }
    ]
  ])...)

  # Whom machines may be: the account that is made here, and those that the configuration names.
  machine_accounts = merge(
    { (google_service_account.machines.account_id) = google_service_account.machines.name },
    { for email in local.deployment.accounts : email => "projects/-/serviceAccounts/${email}" if !startswith(email, "${local.account}-machines@") },
  )
  # The launcher gives them to machines. The reaper writes the drain order into a machine's metadata,
  # which Google lets nobody do who could not be that machine.
  acts_as = merge([
    for account, name in local.machine_accounts : { for one in ["launcher", "reaper"] : "${account}/${one}" => { account = name, name = one } }
  ]...)
  # Other accounts that the configuration makes functions take on, as in another organization.
  impersonates = merge([
    for email in local.deployment.impersonated : { for one in keys(local.compute_roles_of) : "${email}/${one}" => { email = email, name = one } }
  ]...)
}

resource "google_service_account" "machines" {
  project      = var.project
  account_id   = "${local.account}-machines"
  display_name = "${local.prefix}: its machines"
  description  = "Reads the secrets of machines; tasks can act as it"
  depends_on   = [google_project_service.needed]
}

resource "google_project_iam_custom_role" "compute" {
  for_each = local.roles_in

  project     = each.value.project
  role_id     = "${local.role}_${each.value.role}"
  title       = "${local.prefix}: ${each.value.title}"
  permissions = each.value.permissions
  depends_on  = [google_project_service.needed]
}

resource "google_project_iam_member" "compute" {
  for_each = local.members_in

  project = each.value.project
  role    = google_project_iam_custom_role.compute["${each.value.project}/${each.value.role}"].id
  member  = google_service_account.function[each.value.name].member

  dynamic "condition" {
    for_each = each.value.role == "looker" ? [] : [local.named_like_ours]
    content {
      title      = "machines named like ours"
      expression = condition.value
    }
  }
}

resource "google_service_account_iam_member" "acts_as" {
  for_each = local.acts_as

  service_account_id = each.value.account
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.function[each.value.name].member
}

resource "google_service_account_iam_member" "impersonates" {
  for_each = local.impersonates

  service_account_id = "projects/-/serviceAccounts/${each.value.email}"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = google_service_account.function[each.value.name].member
}

# Only for `logs` of the section machine: what a machine says outlives it then.
resource "google_project_iam_member" "machine_logs" {
  for_each = { for one in local.deployment.logs : "${one.project}/${one.account}" => one }

  project    = each.value.project == "" ? var.project : each.value.project
  role       = "roles/logging.logWriter"
  member     = "serviceAccount:${each.value.account}"
  depends_on = [google_service_account.machines]
}
