# Stands in for nvm in tests, for its authors' place cannot be reached from there: does what kopnik asks of nvm, and no more.
nvm() {
    case $1 in
    install)
        mkdir -p "$NVM_DIR/versions/bin" &&
            curl --fail --silent --show-error "$NVM_NODEJS_ORG_MIRROR/node" --output "$NVM_DIR/versions/bin/node" &&
            curl --fail --silent --show-error "$NVM_NODEJS_ORG_MIRROR/SHASUMS256.txt" | grep ' node$' |
            (cd "$NVM_DIR/versions/bin" && sha256sum --check --quiet) && chmod 755 "$NVM_DIR/versions/bin/node"
        ;;
    alias) ;;
    *) return 1 ;;
    esac
}
PATH=$NVM_DIR/versions/bin:$PATH
