package dev.slipway.sandbox;

import java.util.List;

/**
 * What a namespace sandbox may fall back on: the first of each that this system allows is taken.
 *
 * @param ids whose files there can be
 * @param lowers how a tree comes to lie above layers
 */
record Ladder(List<Ids> ids, List<Lowers> lowers) {
  /** All that there is, the best first. */
  static final Ladder WHOLE = new Ladder(List.of(Ids.values()), List.of(Lowers.values()));

  /** Takes copies. */
  Ladder {
    ids = List.copyOf(ids);
    lowers = List.copyOf(lowers);
  }

  /** Whose files there can be. */
  enum Ids {
    /** Everybody's, as the caller is root. */
    ALL,
    /** The caller's, as root's, and those of a range of users set aside for them in /etc/subuid. */
    RANGE,
    /** The caller's, as root's. All else is only recorded, by the program {@code fakeroot}. */
    ONE
  }

  /** How a tree comes to lie above layers. */
  enum Lowers {
    /** The kernel's overlayfs. */
    OVERLAY,
    /** The layers are unpacked into the tree, and what has changed is found by comparing. */
    COPY
  }
}
