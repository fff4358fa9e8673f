package dev.slipway.build;

import dev.slipway.store.Store;
import dev.slipway.store.StorePath;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the valid store paths that texts name: those whose hash part follows the store directory.
 */
public final class NamedPaths {
  private final Store store;
  private final Pattern pattern;

  /** Looks paths up in {@code store}. */
  public NamedPaths(Store store) {
    this.store = store;
    this.pattern =
        Pattern.compile(
            Pattern.quote(store.storeDir() + "/") + "([0-9abcdfghijklmnpqrsvwxyz]{32})-");
  }

  /**
   * The valid paths that {@code text} names, or begins a longer path with.
   *
   * @throws IOException if the store cannot be read
   */
  public Set<StorePath> in(String text) throws IOException {
    Set<String> hashParts = new TreeSet<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      hashParts.add(matcher.group(1));
    }
    return hashParts.isEmpty() ? Set.of() : store.queryHashParts(hashParts);
  }
}
