package dev.slipway.store;

import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Finds which of the candidates a stream of bytes refers to: those whose hash part occurs in it,
 * wherever it stands, as Nix finds references. One pass, whatever their number: a window of 32
 * bytes is looked at from its end, and the first byte that no hash part can hold moves it past that
 * byte; only windows without such a byte are looked up.
 *
 * <p>Bytes come in by {@link #write}, in pieces of any size, so that a scanner can stand beside a
 * digest.
 */
public final class ReferenceScanner implements WritableByteChannel {
  private static final int LENGTH = StorePath.HASH_LENGTH;

  /** As many five-bit digits as a {@code long} holds. */
  private static final int KEY_DIGITS = 12;

  private static final long KEY_MASK = (1L << (5 * KEY_DIGITS)) - 1;

  /** How many bits the filter has for each candidate, as a power of two. */
  private static final int FILTER_SPREAD = 6;

  private final Map<String, List<StorePath>> candidates = new HashMap<>();

  /** A bit for each key that may be a candidate's: most windows are turned away here. */
  private final long[] filter;

  private final int filterShift;

  private final SortedSet<StorePath> found = new TreeSet<>();

  /** The last bytes of what was written so far, at most one less than a hash part has. */
  private final byte[] tail = new byte[2 * (LENGTH - 1)];

  private int tailLength;

  /** A scanner for references to {@code candidates}. */
  public ReferenceScanner(Collection<StorePath> candidates) {
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(candidates.size()) + FILTER_SPREAD;
    filterShift = Long.SIZE - bits;
    filter = new long[1 << (bits - 6)];
    for (StorePath candidate : candidates) {
      String hashPart = candidate.hashPart();
      this.candidates.computeIfAbsent(hashPart, _ -> new ArrayList<>()).add(candidate);
      long key = 0;
      for (int i = LENGTH - KEY_DIGITS; i < LENGTH; i++) {
        key = (key << 5) | NixBase32.value((byte) hashPart.charAt(i));
      }
      int slot = slot(key);
      filter[slot >>> 6] |= 1L << slot;
    }
  }

  /** The candidates found so far, in the order of their paths. */
  public SortedSet<StorePath> found() {
    return new TreeSet<>(found);
  }

  @Override
  public int write(ByteBuffer bytes) {
    int length = bytes.remaining();
    if (candidates.isEmpty()) {
      bytes.position(bytes.limit());
      return length;
    }
    if (bytes.hasArray()) {
      scanNext(bytes.array(), bytes.arrayOffset() + bytes.position(), length);
      bytes.position(bytes.limit());
    } else {
      byte[] piece = new byte[Math.min(length, 1 << 16)];
      while (bytes.hasRemaining()) {
        int part = Math.min(piece.length, bytes.remaining());
        bytes.get(piece, 0, part);
        scanNext(piece, 0, part);
      }
    }
    return length;
  }

  private void scanNext(byte[] bytes, int offset, int length) {
    if (tailLength > 0) {
      // The windows that start in an earlier piece and end in this one.
      int head = Math.min(length, LENGTH - 1);
      System.arraycopy(bytes, offset, tail, tailLength, head);
      scan(tail, 0, tailLength + head);
      if (length < LENGTH - 1) {
        int all = tailLength + length;
        int kept = Math.min(all, LENGTH - 1);
        System.arraycopy(tail, all - kept, tail, 0, kept);
        tailLength = kept;
        return;
      }
    }
    scan(bytes, offset, offset + length);
    tailLength = Math.min(length, LENGTH - 1);
    System.arraycopy(bytes, offset + length - tailLength, tail, 0, tailLength);
  }

  private void scan(byte[] bytes, int from, int to) {
    int start = from;
    while (start + LENGTH <= to) {
      int bad = start + LENGTH - 1;
      while (bad >= start && NixBase32.value(bytes[bad]) >= 0) {
        bad--;
      }
      start = bad >= start ? bad + 1 : scanRun(bytes, start, to);
    }
  }

  /**
   * Looks up every window of a run of digits whose first window starts at {@code start}; says where
   * the run is over.
   */
  private int scanRun(byte[] bytes, int start, int to) {
    int end = start + LENGTH;
    long key = 0;
    for (int i = end - KEY_DIGITS; i < end; i++) {
      key = (key << 5) | NixBase32.value(bytes[i]);
    }
    while (true) {
      int slot = slot(key);
      if ((filter[slot >>> 6] & (1L << slot)) != 0) {
        lookUp(bytes, end - LENGTH);
      }
      if (end == to) {
        return end - LENGTH + 1;
      }
      int value = NixBase32.value(bytes[end++]);
      if (value < 0) {
        return end;
      }
      key = ((key << 5) | value) & KEY_MASK;
    }
  }

  private int slot(long key) {
    return (int) ((key * 0x9E3779B97F4A7C15L) >>> filterShift);
  }

  @SuppressWarnings("deprecation") // The one constructor that takes ASCII bytes as they are.
  private void lookUp(byte[] bytes, int start) {
    List<StorePath> hits = candidates.get(new String(bytes, 0, start, LENGTH));
    if (hits != null) {
      found.addAll(hits);
    }
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  /** Does nothing: {@link #found} can still be asked. */
  @Override
  public void close() {}
}
