package dev.slipway.cli;

import dev.slipway.oci.Digest;
import dev.slipway.oci.ImageException;
import dev.slipway.oci.Json;
import dev.slipway.oci.JsonLimits;
import dev.slipway.store.Stores;
import java.nio.charset.StandardCharsets;

/**
 * Loads what commands need, while the command line is still read, and the files that it names: the
 * libraries' own beginnings take longer than all that is done before the first layer. Nothing waits
 * for these threads or depends on them.
 */
final class Ahead {
  /** More than a block, of which a digest is computed in another way than of less. */
  private static final int SOME = 256;

  private Ahead() {}

  /** Begins, for the command that {@code word} names. */
  static void begin(String word) {
    switch (word) {
      case "store" -> begin(Stores::load);
      case "build", "load", "plan", "push", "stream" -> {
        begin(Ahead::loadFormats);
        begin(Stores::load);
      }
      case "export", "inspect", "merge", "pull" -> begin(Ahead::loadFormats);
      default -> {}
    }
  }

  private static void begin(Runnable loading) {
    Thread.ofPlatform().daemon().name("slipway-ahead").start(loading);
  }

  private static void loadFormats() {
    try {
      Json.parse("0".getBytes(StandardCharsets.UTF_8), "", JsonLimits.FOREIGN);
    } catch (ImageException e) {
      throw new IllegalStateException(e);
    }
    for (int i = 0; i < 4; i++) {
      Digest.of(new byte[SOME]);
    }
  }
}
