/* The program at the head of an AppImage: mounts the squashfs image behind it and starts AppRun inside.
 *
 *   APPIMAGE [WORD...]              mount, run AppRun with the words, unmount when it and its children have ended
 *   APPIMAGE --appimage-extract     unpack into ./squashfs-root
 *   APPIMAGE --appimage-offset      print where the image begins
 *
 * Where nothing can be mounted (no /dev/fuse, a container), or with APPIMAGE_EXTRACT_AND_RUN=1, the image is unpacked
 * to a temporary folder instead, which is removed afterwards. Format: https://github.com/AppImage/AppImageSpec, type 2.
 * Linked statically with libsquashfuse (BSD-2-Clause) and libfuse3 (LGPL-2.1): appimage.py has the command.
 */
#define _GNU_SOURCE
#define FUSE_USE_VERSION 32
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <squashfuse/ll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, PATH_SIZE = 4096 };

/* LZO, the library, is under the GPL; an image packed with it cannot be read here, and ours is packed with Zstandard. */
int lzo1x_decompress_safe(const unsigned char *in, unsigned long in_size, unsigned char *out, unsigned long *out_size,
                          void *memory) {
    (void)in, (void)in_size, (void)out, (void)out_size, (void)memory;
    return -1;
}

static void fail(const char *what) {
    fprintf(stderr, "AppImage: %s: %s\n", what, strerror(errno));
    exit(127);
}

/* Where the ELF file ends and the image begins: behind the table of section headers. */
static size_t image_offset(const char *path) {
    Elf64_Ehdr head;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, &head, sizeof head) != (ssize_t)sizeof head) fail(path);
    close(file);
    return head.e_shoff + (size_t)head.e_shentsize * head.e_shnum;
}

static void unpack_file(sqfs *image, sqfs_inode *inode, const char *target) {
    static char buffer[CHUNK];
    int file = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, inode->base.mode & 0777);
    if (file < 0) fail(target);
    for (sqfs_off_t at = 0;;) {
        sqfs_off_t size = sizeof buffer;
        if (sqfs_read_range(image, inode, at, &size, buffer)) fail(target);
        if (size == 0) break;
        if (write(file, buffer, (size_t)size) != (ssize_t)size) fail(target);
        at += size;
    }
    close(file);
}

static void unpack_entry(sqfs *image, sqfs_traverse *walk, const char *folder) {
    char target[PATH_SIZE], link[PATH_SIZE];
    size_t size = sizeof link;
    sqfs_inode inode;
    snprintf(target, sizeof target, "%s/%s", folder, walk->path);
    if (sqfs_inode_get(image, &inode, sqfs_dentry_inode(&walk->entry))) fail(target);
    if (S_ISDIR(inode.base.mode)) {
        if (mkdir(target, 0755) && errno != EEXIST) fail(target);
    } else if (S_ISLNK(inode.base.mode)) {
        if (sqfs_readlink(image, &inode, link, &size) || (symlink(link, target) && errno != EEXIST)) fail(target);
    } else if (S_ISREG(inode.base.mode)) {
        unpack_file(image, &inode, target);
    }
}

static void unpack(const char *path, size_t offset, const char *folder) {
    sqfs image;
    sqfs_traverse walk;
    sqfs_err error = SQFS_OK;
    if (sqfs_open_image(&image, path, offset) || sqfs_traverse_open(&walk, &image, sqfs_inode_root(&image))) exit(127);
    while (sqfs_traverse_next(&walk, &error))
        if (!walk.dir_end) unpack_entry(&image, &walk, folder);
    sqfs_traverse_close(&walk);
    sqfs_destroy(&image);
    if (error) exit(127);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status, (void)kind, (void)place;
    return remove(path);
}

static void run(const char *folder, const char *path, char **words) {
    char program[PATH_SIZE];
    snprintf(program, sizeof program, "%s/AppRun", folder);
    setenv("APPIMAGE", path, 1);
    setenv("APPDIR", folder, 1);
    words[0] = program;
    execv(program, words);
    fail(program);
}

/* In a process of its own: mount, tell `ready`, and serve until nobody holds the other end of `alive`. */
static void serve(const char *path, size_t offset, char *folder, int ready, int alive) {
    struct fuse_lowlevel_ops calls = {
        .getattr = sqfs_ll_op_getattr, .opendir = sqfs_ll_op_opendir, .releasedir = sqfs_ll_op_releasedir,
        .readdir = sqfs_ll_op_readdir, .lookup = sqfs_ll_op_lookup, .open = sqfs_ll_op_open,
        .release = sqfs_ll_op_release, .read = sqfs_ll_op_read, .readlink = sqfs_ll_op_readlink,
        .forget = sqfs_ll_op_forget, .statfs = stfs_ll_op_statfs,
    };
    char *options[] = {"portrait", "-o", "ro,nodev,nosuid,subtype=squashfuse"};
    struct fuse_args arguments = FUSE_ARGS_INIT(3, options);
    sqfs_ll_chan channel;
    signal(SIGINT, SIG_IGN); /* Ctrl-C is for the app, which may still read its files */
    sqfs_ll *image = sqfs_ll_open(path, offset);
    if (!image || sqfs_ll_mount(&channel, folder, &arguments, &calls, sizeof calls, image)) _exit(1);
    if (write(ready, "", 1) != 1) _exit(1);
    close(ready);
    struct pollfd sources[] = {{.fd = fuse_session_fd(channel.session), .events = POLLIN}, {.fd = alive}};
    struct fuse_buf request = {0};
    while (!fuse_session_exited(channel.session)) {
        if (poll(sources, 2, -1) < 0 && errno != EINTR) break;
        if (sources[1].revents) break;
        if (sources[0].revents && fuse_session_receive_buf(channel.session, &request) > 0)
            fuse_session_process_buf(channel.session, &request);
    }
    sqfs_ll_unmount(&channel, folder);
    rmdir(folder);
    _exit(0);
}

/* Whether the image is mounted at `folder`. The app inherits the end of a pipe that keeps it so. */
static int mount_image(const char *path, size_t offset, char *folder) {
    int ready[2], alive[2];
    char told;
    if (pipe2(ready, O_CLOEXEC) || pipe(alive)) fail("pipe");
    if (fork() == 0) {
        setsid();
        close(ready[0]), close(alive[1]);
        serve(path, offset, folder, ready[1], alive[0]);
    }
    close(ready[1]), close(alive[0]);
    int is_mounted = read(ready[0], &told, 1) == 1;
    close(ready[0]);
    if (!is_mounted) close(alive[1]);
    return is_mounted;
}

int main(int count, char **words) {
    char path[PATH_SIZE] = {0}, folder[PATH_SIZE];
    if (readlink("/proc/self/exe", path, sizeof path - 1) < 0) fail("/proc/self/exe");
    size_t offset = image_offset(path);
    if (count > 1 && !strcmp(words[1], "--appimage-offset")) return printf("%zu\n", offset) < 0;
    if (count > 1 && !strcmp(words[1], "--appimage-extract")) {
        if (mkdir("squashfs-root", 0755) && errno != EEXIST) fail("squashfs-root");
        unpack(path, offset, "squashfs-root");
        return 0;
    }
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/.mount_PortraitXXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (!mkdtemp(folder)) fail(folder);
    if (!getenv("APPIMAGE_EXTRACT_AND_RUN") && mount_image(path, offset, folder)) run(folder, path, words);
    unpack(path, offset, folder);
    pid_t child = fork();
    if (child == 0) run(folder, path, words);
    int status = 0;
    signal(SIGINT, SIG_IGN);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
