'use strict';

// Lets osls package and deploy what a Terraform module describes (serverless.gcp.yml). `package`
// writes a folder that Terraform can work in by itself: the module, what it deploys, and a
// main.tf.json that calls it with the operator's values. The other commands run Terraform there.

const fs = require('fs');
const path = require('path');
const { spawn } = require('child_process');

const NAME = 'google';
const APPROVE = {
  'auto-approve': { usage: 'Do what Terraform has planned without a question', type: 'boolean' },
};
const TEXT = { type: 'string' };
const SCHEMA = {
  provider: {
    properties: {
      region: TEXT,
      project: TEXT,
      terraform: TEXT, // the command
      stateBucket: TEXT, // '' keeps Terraform's state in a file beside serverless.gcp.yml
      module: TEXT,
      artifacts: TEXT, // what `make package-gcp` has built
      variables: { type: 'object' }, // Terraform knows which, and says what is wrong with them
    },
    required: ['artifacts', 'module', 'project', 'region', 'variables'],
  },
};

class GoogleProvider {
  static getProviderName() {
    return NAME;
  }

  constructor(serverless) {
    this.serverless = serverless;
    this.provider = this;
    serverless.setProvider(NAME, this);
    serverless.configSchemaHandler.defineProvider(NAME, SCHEMA);
  }

  getStage() {
    return this.serverless.service.provider.stage;
  }
}

class TerraformPlugin {
  constructor(serverless, options, { log, writeText }) {
    serverless.pluginManager.addPlugin(GoogleProvider);
    Object.assign(this, { serverless, options, log, writeText });
    this.commands = { deploy: { options: APPROVE }, remove: { options: APPROVE } };
    this.hooks = {
      'before:package:cleanup': () => this.check(),
      'before:deploy:deploy': () => this.agreed('deploy'),
      'package:finalize': () => this.write(),
      'deploy:deploy': () => this.deploy(),
      'info:info': () => this.info(),
      'remove:remove': () => this.remove(),
    };
  }

  get settings() {
    return this.serverless.service.provider;
  }

  get folder() {
    const { options, serverless } = this;
    const chosen = options.package || serverless.service.package.path || '.serverless';
    return path.resolve(serverless.serviceDir, chosen);
  }

  fail(message, code) {
    return new this.serverless.classes.Error(message, code);
  }

  // What is missing is said before anything is written.
  check() {
    if (!this.settings.project) {
      throw this.fail(
        'GOOGLE_CLOUD_PROJECT is not set: name the project with it, or with --param="project=ID"',
        'NO_PROJECT'
      );
    }
    for (const name of ['functions.zip', 'deployment.json']) {
      if (!fs.existsSync(path.resolve(this.serverless.serviceDir, this.settings.artifacts, name))) {
        throw this.fail(
          `${path.join(this.settings.artifacts, name)} is missing: run \`make package-gcp\` first`,
          'NO_PACKAGE'
        );
      }
    }
  }

  // Terraform can ask nobody where there is no terminal.
  agreed(command) {
    if (!this.options['auto-approve'] && !process.stdin.isTTY) {
      throw this.fail(
        `Nobody can be asked here whether the plan is right: osls ${command} --auto-approve`,
        'NO_TERMINAL'
      );
    }
  }

  write() {
    const { module, artifacts, terraform, stateBucket, project, region } = this.settings;
    const from = (name) => path.resolve(this.serverless.serviceDir, name);
    for (const [source, target, wanted] of [
      [from(module), path.join(this.folder, 'module'), /\.tf$/],
      [from(artifacts), path.join(this.folder, 'package'), /^(functions\.zip|deployment\.json)$/],
    ]) {
      fs.rmSync(target, { recursive: true, force: true });
      fs.mkdirSync(target, { recursive: true });
      for (const name of fs.readdirSync(source).filter((each) => wanted.test(each))) {
        fs.copyFileSync(path.join(source, name), path.join(target, name));
      }
    }
    const called = {
      '//': 'Made by osls: it is written anew each time',
      terraform: { backend: this.backend(stateBucket) },
      provider: { google: plain({ project, region }) },
      module: {
        autoscaler: {
          source: './module',
          package: '${path.module}/package',
          ...plain({ project, region, ...chosen(this.settings.variables) }),
        },
      },
      output: this.outputs(),
    };
    const file = path.join(this.folder, 'main.tf.json');
    fs.writeFileSync(file, `${JSON.stringify(called, null, 2)}\n`);
    this.log.notice(`Wrote ${path.relative(process.cwd(), file)} for ${terraform || 'terraform'}`);
  }

  backend(bucket) {
    const name = `clearml-autoscaler-${this.settings.stage}`;
    if (bucket) return { gcs: plain({ bucket, prefix: name }) };
    const file = path.join(this.serverless.serviceDir, `${name}.tfstate`);
    return { local: { path: path.relative(this.folder, file) } };
  }

  outputs() {
    const file = path.join(this.folder, 'module', 'outputs.tf');
    const names = [...fs.readFileSync(file, 'utf8').matchAll(/^output "(\w+)"/gm)];
    return Object.fromEntries(names.map(([, name]) => [name, { value: `\${module.autoscaler.${name}}` }]));
  }

  async deploy() {
    if (!fs.existsSync(path.join(this.folder, 'main.tf.json'))) {
      throw this.fail(`${this.folder} has no main.tf.json: run \`osls package\` first`, 'NO_PACKAGE');
    }
    await this.terraform('init', '-input=false');
    await this.terraform('apply', ...this.approval());
  }

  async info() {
    await this.prepared();
    const told = JSON.parse((await this.run(['output', '-json'], 'pipe')) || '{}');
    if (!Object.keys(told).length) {
      throw this.fail('Nothing is deployed, as far as this state of Terraform knows', 'NOTHING_THERE');
    }
    const shown = ({ value }) => (typeof value === 'string' ? value : JSON.stringify(value));
    this.writeText(Object.entries(told).map(([name, one]) => `${name}: ${shown(one)}`));
  }

  async remove() {
    this.agreed('remove');
    await this.prepared();
    await this.terraform('destroy', ...this.approval());
  }

  // Terraform needs the module and its providers to look into its state, too.
  async prepared() {
    this.check();
    this.write();
    await this.terraform('init', '-input=false');
  }

  approval() {
    return this.options['auto-approve'] ? ['-input=false', '-auto-approve'] : [];
  }

  terraform(...args) {
    return this.run(args, 'inherit');
  }

  run(args, stdout) {
    const command = this.settings.terraform || 'terraform';
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: this.folder, stdio: ['inherit', stdout, 'inherit'] });
      let text = '';
      if (child.stdout) child.stdout.on('data', (data) => (text += data));
      child.on('error', (error) => reject(this.notStarted(command, error)));
      child.on('close', (code) => {
        if (code === 0) return resolve(text);
        const said = `${command} ${args[0]} ended with exit code ${code}: what it says stands above`;
        return reject(this.fail(said, 'TERRAFORM_FAILED'));
      });
    });
  }

  notStarted(command, error) {
    const what = error.code === 'ENOENT' ? 'was not found' : `did not start (${error.message})`;
    const remedy = 'install Terraform 1.5 or newer, or name it with --param="terraform=PATH"';
    return this.fail(`${command} ${what}: ${remedy}`, 'NO_TERRAFORM');
  }
}

// Those that were set; the others have the module's own defaults.
function chosen(variables) {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
}

// Values are values: Terraform reads ${…} and %{…} in them as they stand.
function plain(values) {
  const text = JSON.stringify(values).replace(/[$%]\{/g, (mark) => mark[0] + mark);
  return JSON.parse(text);
}

module.exports = TerraformPlugin;
