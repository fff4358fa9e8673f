package dev.slipway.cli.imagefile;

import java.util.Optional;

/** The ready-made store objects of dockerTools that a bare name stands for. */
public enum HelperName {
  /** Files that know the users root and nobody. */
  FAKE_NSS("fakeNss", Optional.empty()),
  /** {@code /usr/bin/env}. */
  USR_BIN_ENV("usrBinEnv", Optional.of(Tool.COREUTILS)),
  /** {@code /bin/sh}. */
  BIN_SH("binSh", Optional.of(Tool.BASH_INTERACTIVE)),
  /** The certificates of well-known authorities where programs look for them. */
  CA_CERTIFICATES("caCertificates", Optional.of(Tool.CACERT));

  private final String word;
  private final Optional<Tool> tool;

  HelperName(String word, Optional<Tool> tool) {
    this.word = word;
    this.tool = tool;
  }

  /** The bare name. */
  public String word() {
    return word;
  }

  /** The package that it is made from, if any. */
  public Optional<Tool> tool() {
    return tool;
  }
}
