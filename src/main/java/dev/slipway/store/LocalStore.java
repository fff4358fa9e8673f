package dev.slipway.store;

import java.io.IOException;
import java.util.List;

/** A store whose objects lie on this machine. */
public interface LocalStore extends Store {
  /**
   * What is wrong with the valid paths, in their order: objects that are missing and, if asked,
   * objects whose content is not what was registered.
   *
   * @param checkContents whether to read all objects
   * @throws IOException if the store cannot be read
   */
  List<StoreFault> verify(boolean checkContents) throws IOException;
}
