package dev.slipway.sandbox;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A bash script and what it is run with.
 *
 * @param name what it is called in errors, {@code extraCommands of image 'web'} for example
 * @param text the script
 * @param shell the bash that runs it, as the script sees it
 * @param path the folders of its {@code PATH}, as the script sees them
 * @param environment what else is in its environment, which holds nothing of the caller's
 */
public record Script(
    String name, String text, String shell, List<String> path, Map<String, String> environment) {
  /** Takes copies. */
  public Script {
    path = List.copyOf(path);
    environment = Map.copyOf(environment);
  }

  /** Whether it says anything at all. */
  public boolean isBlank() {
    return text.isBlank();
  }

  /**
   * A store that a script sees.
   *
   * @param storeDir where it sees it
   * @param folders where its objects lie; the first folder that has one counts
   * @param objects the names of those that the script may need; where it is no trouble to show the
   *     others too, it sees them. If empty, it may need any
   */
  public record VisibleStore(String storeDir, List<Path> folders, Optional<List<String>> objects) {
    /** Takes copies, and refuses a store without a place. */
    public VisibleStore {
      folders = List.copyOf(folders);
      objects = objects.map(List::copyOf);
      if (folders.isEmpty()) {
        throw new IllegalArgumentException("a store that lies nowhere");
      }
    }

    /** One of which a script may need any object. */
    public VisibleStore(String storeDir, List<Path> folders) {
      this(storeDir, folders, Optional.empty());
    }
  }
}
