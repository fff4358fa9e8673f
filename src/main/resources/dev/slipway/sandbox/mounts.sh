# What the other programs put root directories together with. All of it is mounted in the namespace of the caller, and gone with it.

# Newer versions of mount(8) pass options in pieces of 256 bytes.
export LIBMOUNT_FORCE_MOUNT2=always

complain() {
  echo "$*" >&2
  exit 1
}

# Becomes a member of the control groups that bound the run.
join_groups() {
  for procs in $CONTROL_GROUPS; do
    echo 0 > "$procs"
  done
}

# Makes the directory $2 of the tree $1. A mount would follow a symbolic link out of the tree, so no part of it may be one.
# What had to be made is added to the list of what is taken away again.
place() {
  at=$1
  rest=${2#/}
  while [ -n "$rest" ]; do
    at=$at/${rest%%/*}
    case $rest in
      */*) rest=${rest#*/} ;;
      *) rest= ;;
    esac
    if [ -L "$at" ]; then
      complain "the image has a symbolic link at ${at#"$1"}, where $2 is to be mounted"
    elif [ ! -d "$at" ]; then
      mkdir "$at" || complain "the image has a file at ${at#"$1"}, where $2 is to be mounted"
      printf '%s\n' "${at#"$1"/}" >> "$RUN/made"
    fi
  done
}

# Mounts what the lines of $1 say, which are fstab(5)'s. To start mount(8) for each would take longer than all else here. Their
# names begin in the folder of the run, which is the current one, and are plain.
mount_all() {
  printf '%s' "$1" > fstab
  mount --all --fstab fstab
}
newline='
'

# Has the image $1 ask the servers for names that this machine asks, by a copy at $2. It covers the image's own file, or one
# that is made for it and is taken away again.
lend_resolver() {
  [ -f /etc/resolv.conf ] && cat /etc/resolv.conf > "$2" || return 0
  rest=etc/resolv.conf
  if [ -L "$1/$rest" ]; then
    rest=$(readlink "$1/$rest")
    case $rest in
      /*) ;;
      *) rest=etc/$rest ;;
    esac
  fi
  file=
  while [ -n "$rest" ]; do
    part=${rest%%/*}
    case $rest in
      */*) rest=${rest#*/} ;;
      *) rest= ;;
    esac
    case $part in
      '' | .) ;;
      ..) file=${file%/*} ;;
      *) file=$file/$part ;;
    esac
  done
  # Another link on the way is left alone.
  (place "$1" "${file%/*}") 2> /dev/null || return 0
  [ ! -L "$1$file" ] || return 0
  if [ ! -e "$1$file" ]; then
    : > "$1$file"
    printf '%s\n' "${file#/}" >> "$RUN/made"
  fi
  [ ! -f "$1$file" ] || mount --bind "$2" "$1$file"
}

# Mounts what a script may have of the devices. On no other file system it can write to do device nodes work.
mount_devices() {
  mount -t tmpfs -o mode=755,nosuid,nodev,size=8m slipway "$1"
  mkdir "$1/pts" "$1/shm"
  lines="slipway $1/shm tmpfs mode=1777,nosuid,nodev,size=64m 0 0$newline"
  for device in null zero full random urandom tty; do
    [ -e "/dev/$device" ] || continue
    : > "$1/$device"
    lines="$lines/dev/$device $1/$device none bind 0 0$newline"
  done
  mount_all "$lines"
  if mount -t devpts -o newinstance,ptmxmode=0666,mode=620,nosuid,noexec slipway "$1/pts" 2> /dev/null; then
    ln -s pts/ptmx "$1/ptmx"
  fi
  ln -s /proc/self/fd "$1/fd"
  for number in 0:stdin 1:stdout 2:stderr; do
    ln -s "/proc/self/fd/${number%%:*}" "$1/${number#*:}"
  done
}

# Mounts the processes of this namespace at $1; what there is of the machine can be read at most.
mount_processes() {
  if ! mount -t proc -o nosuid,nodev,noexec slipway "$1" 2> /dev/null; then
    # Somebody has covered parts of the machine's, as container engines do: then users get just that.
    mount --rbind /proc "$1"
    make_read_only "$1"
    return
  fi
  lines=
  for entry in sys sysrq-trigger irq bus fs; do
    if [ -e "$1/$entry" ]; then
      lines="$lines$1/$entry $1/$entry none bind,ro,nosuid,nodev,noexec 0 0$newline"
    fi
  done
  for entry in kcore keys kmsg kallsyms timer_list sched_debug latency_stats; do
    if [ -e "$1/$entry" ]; then
      lines="$lines/dev/null $1/$entry none bind 0 0$newline"
    fi
  done
  for entry in acpi scsi asound; do
    if [ -d "$1/$entry" ]; then
      lines="${lines}slipway $1/$entry tmpfs ro,size=0 0 0$newline"
    fi
  done
  mount_all "$lines"
}

# Mounts what the kernel says of the machine, read-only.
mount_system() {
  [ -d /sys/kernel ] || return 0 # Nix's build sandbox shows nothing of it.
  if ! mount -t sysfs -o ro,nosuid,nodev,noexec slipway "$1" 2> /dev/null; then
    mount --rbind /sys "$1"
    make_read_only "$1"
  fi
}

# Mounts the store, whose folders are separated by colons, at $1; read-only.
mount_store() {
  case $STORE in
    *:*) mount -t overlay -o "ro,nosuid,nodev,lowerdir=$STORE" slipway "$1" ;;
    *)
      # In Nix's build sandbox each object is a mount, of which a user namespace cannot leave any out.
      mount --bind "$STORE" "$1" 2> /dev/null || mount --rbind "$STORE" "$1"
      make_read_only "$1"
      ;;
  esac
}

# Makes all that is mounted at $1 or below read-only, without set-user-ID programs and devices. A user may not lift the
# restrictions that are there already, so they are said again.
make_read_only() {
  below=$(readlink -f "$1")
  cat /proc/self/mountinfo > "$RUN/mounts"
  while read -r _ _ _ _ point options _; do
    # The kernel shows what is no plain character in octal, as printf takes it.
    case $point in
      *\\*) point=$(printf "$(printf '%s' "$point" | sed 's/%/%%/g')") ;;
    esac
    case $point/ in
      "$below"/*) ;;
      *) continue ;;
    esac
    kept=
    for option in noexec noatime nodiratime relatime; do
      case ,$options, in
        *,$option,*) kept=$kept,$option ;;
      esac
    done
    mount -o "remount,bind,ro,nosuid,nodev$kept" "$point"
  done < "$RUN/mounts"
}

# Puts a root together at $1 from what the machine has, none of which can be changed, with the store in its place. Sockets
# work on read-only file systems too: where services have theirs, there is nothing.
mount_machine() {
  mount -t tmpfs -o mode=755,nosuid,nodev slipway "$1"
  bind_entries "$1" ''
  make_read_only "$1"
  mount -o remount,bind,rw,nosuid,nodev "$1"
  mkdir -p "$1/dev" "$1/proc" "$1/sys" "$1/tmp" "$1/run" "$1/build"
  mount -t tmpfs -o mode=1777,nosuid,nodev slipway "$1/tmp"
  for entry in /run/*; do
    if [ -L "$entry" ]; then
      cp -P "$entry" "$1$entry"
    fi
  done
  # On many systems, the file that says who knows names lies there.
  resolver=$(readlink -f /etc/resolv.conf) || resolver=
  case $NETWORK$resolver in
    host/run/*)
      mkdir -p "$1${resolver%/*}"
      cp "$resolver" "$1$resolver" || :
      ;;
  esac
  if [ -n "${STORE:-}" ]; then
    mkdir -p "$1$STORE_DIR"
    mount_store "$1$STORE_DIR"
  fi
  # The folder of the run would show the same things a second time.
  if [ -d "$1$RUN" ]; then
    mount -t tmpfs -o ro,size=0 slipway "$1$RUN"
  fi
  mount_devices "$1/dev"
  mount_processes "$1/proc"
  mount_system "$1/sys"
}

# Binds what the directory $2 holds into the one of that name in $1, but for what is mounted anew and the way to the store.
bind_entries() {
  for entry in "$2"/* "$2"/.[!.]*; do
    [ -e "$entry" ] || [ -L "$entry" ] || continue
    case $entry in
      /dev | /proc | /sys | /tmp | /run | /build | "$STORE_DIR") continue ;;
    esac
    if [ -L "$entry" ]; then
      cp -P "$entry" "$1$entry"
    elif [ -d "$entry" ]; then
      mkdir "$1$entry"
      case $STORE_DIR in
        "$entry"/*) (bind_entries "$1" "$entry") ;;
        *) mount --rbind "$entry" "$1$entry" ;;
      esac
    else
      : > "$1$entry"
      mount --bind "$entry" "$1$entry"
    fi
  done
}
