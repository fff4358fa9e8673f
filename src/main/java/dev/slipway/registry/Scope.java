package dev.slipway.registry;

import dev.slipway.oci.RepositoryName;

/**
 * What one wants to do with a repository (distribution, "Token Scope Documentation").
 *
 * @param path the repository, within its registry
 * @param actions which actions
 */
record Scope(String path, String actions) {
  static Scope pull(RepositoryName repository) {
    return new Scope(repository.path(), "pull");
  }

  static Scope push(RepositoryName repository) {
    return new Scope(repository.path(), "pull,push");
  }

  @Override
  public String toString() {
    return "repository:" + path + ":" + actions;
  }
}
