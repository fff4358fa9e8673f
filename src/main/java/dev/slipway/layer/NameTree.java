package dev.slipway.layer;

import dev.slipway.files.RawName;
import dev.slipway.oci.ImageException;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Paths as numbers: each path that was ever asked for has one, and so have the directories above
 * it. In columns, about 40 bytes and the name for a path, so that a million fit.
 */
final class NameTree {
  /** The top, whose path is empty. */
  static final int ROOT = 0;

  private static final int NONE = -1;
  private static final int NODE = 10 * Integer.BYTES;

  /** Names are values of a polynomial at a secret place, so nobody can choose ones that collide. */
  private static final long PRIME = (1L << 61) - 1;

  private final long secret = new SplittableRandom().nextLong(1L << 32, PRIME);
  private int[] parents = new int[256];
  private int[] names = new int[256];
  private int nodes = 1;
  private byte[] pool = new byte[4096];
  private int used;

  /** Nodes by parent and name; a power of two, at most half of it in use. */
  private int[] table = new int[1024];

  private final String what;
  private long left;

  /**
   * A tree with no path but the top's.
   *
   * @param what what the paths are in, for messages
   * @param budget how many bytes it and what belongs to it may take, about
   */
  NameTree(String what, long budget) {
    this.what = what;
    this.left = budget;
    Arrays.fill(table, NONE);
    parents[ROOT] = NONE;
  }

  /** How many paths there are. */
  int size() {
    return nodes;
  }

  /**
   * Counts {@code bytes} of what is kept beside the tree.
   *
   * @throws ImageException if that is too much
   */
  void charge(long bytes) throws ImageException {
    left -= bytes;
    if (left < 0) {
      throw new ImageException(what + ": too many files, or too long names, to be kept in memory");
    }
  }

  /** The directory that {@code node} lies in; of the top, none: {@code -1}. */
  int parent(int node) {
    return parents[node];
  }

  /** The last component of a path; empty for the top. */
  RawName name(int node) {
    if (node == ROOT) {
      return RawName.of("");
    }
    int start = names[node] + Short.BYTES;
    return RawName.ofBytes(Arrays.copyOfRange(pool, start, start + length(node)));
  }

  /** How many bytes the last component has. */
  int length(int node) {
    int at = names[node];
    return ((pool[at] & 0xff) << Byte.SIZE) | (pool[at + 1] & 0xff);
  }

  /** Compares last components, byte by byte. */
  int compareNames(int a, int b) {
    int startOfA = names[a] + Short.BYTES;
    int startOfB = names[b] + Short.BYTES;
    return Arrays.compareUnsigned(
        pool, startOfA, startOfA + length(a), pool, startOfB, startOfB + length(b));
  }

  /** Whether a path's last component begins with {@code prefix}. */
  boolean nameStarts(int node, RawName prefix) {
    if (node == ROOT || length(node) < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      if ((pool[names[node] + Short.BYTES + i] & 0xff) != prefix.at(i)) {
        return false;
      }
    }
    return true;
  }

  /** Writes the last component to {@code target} and returns where it ends there. */
  int copyName(int node, byte[] target, int at) {
    int length = length(node);
    System.arraycopy(pool, names[node] + Short.BYTES, target, at, length);
    return at + length;
  }

  /**
   * What is called {@code name[start..end)} in the directory {@code parent}.
   *
   * @throws ImageException if there are too many
   */
  int child(int parent, byte[] name, int start, int end) throws ImageException {
    int slot = slot(parent, name, start, end);
    if (table[slot] != NONE) {
      return table[slot];
    }
    int length = end - start;
    charge(NODE + Short.BYTES + length);
    if (nodes == parents.length) {
      parents = Arrays.copyOf(parents, nodes + (nodes >> 1));
      names = Arrays.copyOf(names, parents.length);
    }
    if (used + Short.BYTES + length > pool.length) {
      pool = Arrays.copyOf(pool, pool.length + (pool.length >> 1) + length);
    }
    int node = nodes++;
    parents[node] = parent;
    names[node] = used;
    pool[used++] = (byte) (length >> Byte.SIZE);
    pool[used++] = (byte) length;
    System.arraycopy(name, start, pool, used, length);
    used += length;
    table[slot] = node;
    if (2 * nodes > table.length) {
      enlarge();
    }
    return node;
  }

  private void enlarge() {
    table = new int[2 * table.length];
    Arrays.fill(table, NONE);
    for (int node = 1; node < nodes; node++) {
      int start = names[node] + Short.BYTES;
      table[slot(parents[node], pool, start, start + length(node))] = node;
    }
  }

  /** Where in the table this is, or would be. */
  private int slot(int parent, byte[] name, int start, int end) {
    long hash = parent;
    for (int i = start; i < end; i++) {
      hash = times(hash + (name[i] & 0xff) + 1);
    }
    int slot = (int) times(hash) & (table.length - 1);
    while (table[slot] != NONE) {
      int node = table[slot];
      int at = names[node] + Short.BYTES;
      if (parents[node] == parent && Arrays.equals(pool, at, at + length(node), name, start, end)) {
        return slot;
      }
      slot = (slot + 1) & (table.length - 1);
    }
    return slot;
  }

  /** Modulo the prime. */
  private long times(long value) {
    long low = value * secret;
    long folded = (low & PRIME) + ((low >>> 61) | (Math.multiplyHigh(value, secret) << 3));
    folded = (folded & PRIME) + (folded >>> 61);
    return folded >= PRIME ? folded - PRIME : folded;
  }
}
