package dev.slipway.cli.imagefile;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The packages that dockerTools builds with, keys of {@code tools}. */
public enum Tool {
  /** The shell that scripts run under: a file. */
  RUNTIME_SHELL("runtimeShell"),
  /** The package whose {@code bin} root scripts find first. */
  COREUTILS("coreutils"),
  /** The package with {@code useradd} and its like, for shadowSetup. */
  SHADOW("shadow"),
  /** The package of certificates, for caCertificates. */
  CACERT("cacert"),
  /** The package whose bash becomes {@code /bin/sh}. */
  BASH_INTERACTIVE("bashInteractive");

  private final String key;

  Tool(String key) {
    this.key = key;
  }

  static List<String> keys() {
    return Arrays.stream(values()).map(Tool::key).toList();
  }

  static Optional<Tool> of(String key) {
    return Arrays.stream(values()).filter(tool -> tool.key.equals(key)).findFirst();
  }

  /** The key in the image file. */
  public String key() {
    return key;
  }
}
