# Debian's archive, read beside the system; sourced. Package lists, downloads and unpacked packages live in the cache
# folder: nothing is installed, no root is needed, and the system's own drivers stay as they are. The mirror is the one
# that the machine's apt uses.

cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/evolcano/drivers
library_path=usr/lib/x86_64-linux-gnu

# Why a driver could not be set up goes to the caller's output; the caller decides what that means.
unavailable() {
  printf 'not set up: %s\n' "$*" >&2
  return 1
}

on_debian_12() {
  [[ $(. /etc/os-release && echo "${ID:-}:${VERSION_ID:-}") == debian:12 ]]
}

# The mirror of a suite: the first entry of the machine's apt sources (either format) with that suite and `main`.
archive_mirror() {
  local suite=$1 file space='[[:space:]]+'
  local entry="deb$space(\\[[^]]*\\][[:space:]]*)?([^[:space:]]+)$space$suite$space(.*$space)?main([[:space:]].*)?"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [[ -r $file ]] || continue
    sed -nE "s|^$entry\$|\2|p" "$file"
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [[ -r $file ]] || continue
    awk -v RS= -v FS='\n' -v suite="$suite" '
      {
        uri = ""; found = 0
        for (i = 1; i <= NF; i++) {
          count = split($i, word, /[ \t]+/)
          if (word[1] == "URIs:") uri = word[2]
          if (word[1] == "Suites:") for (j = 2; j <= count; j++) if (word[j] == suite) found = 1
        }
        if (found && uri != "") print uri
      }' "$file"
  done
}

# Points apt at a private state with Debian 12 and its backports, and reads the package lists. Once a run.
archive_open() {
  [[ ${APT_CONFIG:-} != "$cache/apt/apt.conf" ]] || return 0
  local architecture mirror keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  on_debian_12 || unavailable "this needs Debian 12 and its archive" || return
  architecture=$(dpkg --print-architecture)
  [[ $architecture == amd64 ]] || unavailable "needs amd64; this is $architecture" || return
  mirror=$(archive_mirror bookworm | head -n 1)
  [[ -n $mirror ]] || unavailable "apt's sources name no mirror of bookworm main" || return

  local apt=$cache/apt suite
  mkdir -p "$apt/state/lists/partial" "$apt/archives/partial" || return
  for suite in bookworm bookworm-backports; do
    printf '%s [signed-by=%s] %s %s main\n' deb "$keyring" "$mirror" "$suite" deb-src "$keyring" "$mirror" "$suite"
  done >"$apt/sources.list"
  cat >"$apt/apt.conf" <<END
Dir::State "$apt/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "$apt";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
Debug::NoLocking "1";
APT::Sandbox::User "root";
Acquire::Languages "none";
END
  export APT_CONFIG=$apt/apt.conf
  if ! apt-get update -qq >"$apt/update.log" 2>&1 || grep -q '^[WE]: Failed' "$apt/update.log"; then
    cat "$apt/update.log" >&2
    unset APT_CONFIG
    unavailable "the package lists of bookworm and bookworm-backports could not be read"
  fi
}

# archive_unpack DIRECTORY PACKAGE/SUITE... : the packages' files under DIRECTORY, which exists only when complete.
archive_unpack() {
  local directory=$1 package file
  shift
  [[ ! -d $directory ]] || return 0
  archive_open || return
  rm -rf "$directory.partial"
  mkdir -p "$directory.partial/archives" || return
  (cd "$directory.partial/archives" && apt-get download -qq "$@" >&2) \
    || unavailable "download of $* failed" || return
  for file in "$directory.partial/archives"/*.deb; do
    dpkg -x "$file" "$directory.partial" || return
  done
  rm -rf "$directory.partial/archives"
  mv "$directory.partial" "$directory"
}

# archive_source DIRECTORY PACKAGE/SUITE : the upstream sources of a package, without Debian's patches.
archive_source() {
  local directory=$1 package=$2 expected file sum
  [[ ! -d $directory ]] || return 0
  archive_open || return
  expected=$(apt-get source --print-uris -qq "$package" 2>/dev/null | grep -E '\.orig\.tar\.[a-z0-9]+ ' | head -n 1)
  file=$(cut -d ' ' -f 2 <<<"$expected")
  sum=${expected##*SHA256:}
  [[ -n $file ]] || unavailable "the archive lists no source of $package" || return
  rm -rf "$directory.partial"
  mkdir -p "$directory.partial/sources" || return
  # Only the upstream archive is needed. Mirrors drop the small files of old revisions sooner than it, so apt's exit
  # status does not decide; the checksum from the signed list does.
  (cd "$directory.partial" && apt-get source --download-only -qq "$package" >download.log 2>&1) || true
  (cd "$directory.partial" && sha256sum --quiet -c - <<<"$sum  $file" >&2) \
    || { cat "$directory.partial/download.log" >&2; unavailable "download of the source of $package failed"; } || return
  tar -xf "$directory.partial/$file" -C "$directory.partial/sources" --strip-components 1 \
    || unavailable "the source of $package could not be unpacked" || return
  mv "$directory.partial/sources" "$directory"
  rm -rf "$directory.partial"
}

# icd_manifest DRIVER MANIFEST LIBRARY : a copy of a driver's manifest that names the unpacked library.
icd_manifest() {
  local name=$1 manifest=$2 library=$3 missing
  missing=$(ldd "$library" 2>&1 | grep -E 'not found' | head -n 1)
  [[ -z $missing ]] || unavailable "$name: $missing" || return
  sed -E "s|(\"library_path\"[[:space:]]*:[[:space:]]*)\"[^\"]*\"|\1\"$library\"|" "$manifest"
}
