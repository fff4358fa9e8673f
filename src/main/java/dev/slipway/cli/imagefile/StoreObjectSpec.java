package dev.slipway.cli.imagefile;

import java.util.List;
import java.util.Optional;

/** A store object of the image file: one trivial builder with its arguments. */
public sealed interface StoreObjectSpec {
  /** Where it stands. */
  Position at();

  /**
   * {@code writeText}: a file.
   *
   * @param at where it stands
   * @param name the store path's name
   * @param text the content
   */
  record WriteText(Position at, Template name, Template text) implements StoreObjectSpec {}

  /**
   * {@code writeTextDir}: a file in a directory.
   *
   * @param at where it stands
   * @param path the file's place in the directory
   * @param text the content
   */
  record WriteTextDir(Position at, Template path, Template text) implements StoreObjectSpec {}

  /**
   * {@code writeScript}: an executable file.
   *
   * @param at where it stands
   * @param name the store path's name
   * @param text the content
   */
  record WriteScript(Position at, Template name, Template text) implements StoreObjectSpec {}

  /**
   * {@code writeScriptBin}: an executable file {@code bin/NAME}.
   *
   * @param at where it stands
   * @param name the store path's name and the file's
   * @param text the content
   */
  record WriteScriptBin(Position at, Template name, Template text) implements StoreObjectSpec {}

  /**
   * {@code writeShellScriptBin}: a script {@code bin/NAME} that starts with runtimeShell.
   *
   * @param at where it stands
   * @param name the store path's name and the file's
   * @param text the script without its first line
   */
  record WriteShellScriptBin(Position at, Template name, Template text)
      implements StoreObjectSpec {}

  /**
   * {@code shellScript}: a root script, which starts with runtimeShell and finds coreutils.
   *
   * @param at where it stands
   * @param name the store path's name
   * @param text the script without its first lines
   */
  record ShellScript(Position at, Template name, Template text) implements StoreObjectSpec {}

  /**
   * {@code symlinkJoin}: a directory of links to the files of several.
   *
   * @param at where it stands
   * @param name the store path's name
   * @param paths the several
   */
  record SymlinkJoin(Position at, Template name, List<PathArgument> paths)
      implements StoreObjectSpec {}

  /**
   * {@code buildEnv}: a directory of links to the files and directories of several.
   *
   * @param at where it stands
   * @param name the store path's name
   * @param paths the several
   * @param pathsToLink which parts of them, each starting with a slash
   */
  record BuildEnv(Position at, Template name, List<PathArgument> paths, List<Template> pathsToLink)
      implements StoreObjectSpec {}

  /**
   * {@code mergeDrvs}: a directory with the files of several, or a file that names them.
   *
   * @param at where it stands
   * @param derivations the several: directories and archives
   * @param onlyDeps whether they are only named
   */
  record MergeDrvs(Position at, List<PathArgument> derivations, boolean onlyDeps)
      implements StoreObjectSpec {}

  /**
   * {@code path}: a file or directory of this machine.
   *
   * @param at where it stands
   * @param path it
   * @param name the store path's name; empty for the file's own
   */
  record Local(Position at, PathArgument path, Optional<Template> name)
      implements StoreObjectSpec {}

  /**
   * {@code fakeNss}: files that know the users root and nobody.
   *
   * @param at where it stands
   * @param extraPasswdLines more users
   * @param extraGroupLines more groups
   */
  record FakeNss(Position at, List<Template> extraPasswdLines, List<Template> extraGroupLines)
      implements StoreObjectSpec {}

  /**
   * {@code deb}: Debian's packages and all that they need, joined as they would be installed.
   *
   * @param at where it stands
   * @param packages their names
   * @param architecture what they are for, in Debian's words; empty for the platform of the image
   * @param suite the release that they are from
   * @param components the parts of it
   */
  record Deb(
      Position at,
      List<String> packages,
      Optional<String> architecture,
      String suite,
      List<String> components)
      implements StoreObjectSpec {
    /** Takes copies. */
    public Deb {
      packages = List.copyOf(packages);
      components = List.copyOf(components);
    }
  }

  /**
   * {@code shadowSetup}: the text of a script that makes the files of users and groups.
   *
   * @param at where it stands
   */
  record ShadowSetup(Position at) implements StoreObjectSpec {}

  /**
   * {@code binSh}, {@code usrBinEnv} and {@code caCertificates}.
   *
   * @param at where it stands
   * @param helper which of them
   * @param linked the package it links to; empty for the one in {@code tools}
   */
  record Helper(Position at, HelperName helper, Optional<PathArgument> linked)
      implements StoreObjectSpec {}
}
