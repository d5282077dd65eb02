/*
 * A disk that can lose power, for the tests: preloaded into the server (LD_PRELOAD), it writes down
 * what the server does to the files of one folder and what of it was synced. From that record
 * tests/api/support/disk makes what a power cut could leave. It also fails on demand, as a
 * broken disk (EIO) or a full one (ENOSPC) does.
 *
 * The files themselves are written as ever, so that the server reads what it wrote. They are not
 * really synced: a sync takes as long as the test says, and what it makes durable is a record.
 *
 *   DISK_FOLDER   the folder, as an absolute path without links
 *   DISK_LOG      where the record goes
 *   DISK_CONTROL  a file with `struct control`, written by the test at any time
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind {
    CREATE = 1, WRITE, TRUNCATE, SYNC, SYNC_FAILED, SYNC_FOLDER, UNLINK, RENAME, LINK, MKDIR, RMDIR
};

/* What the test reads, followed by the path and by the data. Of a sync `offset` is the number of
 * records there were when it began: it covers those. */
struct record {
    uint32_t kind, path_length;
    uint64_t inode, offset, length;
};

struct control {
    uint64_t operations_left; /* The power goes with that many-th write or change of a name from
                                 now on; 0 is never. */
    uint64_t sync_us;         /* How long a sync takes. */
    uint8_t sync_fails;       /* A sync of a database's file fails with EIO. */
    uint8_t is_full;          /* A file that would grow fails with ENOSPC. */
};

#define FILES 65536
#define REAL(name) ((__typeof__(&name))real(#name))

static struct {
    uint64_t inode;
    int is_folder;
    char *path;
} files[FILES];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static volatile struct control *control;
static char folder[4096];
static int record_fd = -1;
static uint64_t records;

static void *real(const char *name) {
    return dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void start(void) {
    const char *at = getenv("DISK_FOLDER"), *to = getenv("DISK_LOG"), *by = getenv("DISK_CONTROL");
    if (!at || !to || !by) return;
    int fd = REAL(open)(by, O_RDWR | O_CLOEXEC);
    void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    record_fd = REAL(open)(to, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0 || map == MAP_FAILED || record_fd < 0) abort();
    REAL(close)(fd);
    control = map;
    snprintf(folder, sizeof folder, "%s/", at);
}

/* Whether a path is on the disk. What SQLite's processes share in memory is not. */
static int is_ours(const char *path) {
    size_t length = strlen(path);
    return record_fd >= 0 && strncmp(path, folder, strlen(folder)) == 0 &&
           !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static const char *absolute(const char *path, char *into, size_t size) {
    if (path[0] == '/') return path;
    char here[2048];
    if (!getcwd(here, sizeof here)) return path;
    snprintf(into, size, "%s/%s", here, path[0] == '.' && path[1] == '/' ? path + 2 : path);
    return into;
}

static void note(enum kind kind, const char *path, uint64_t inode, uint64_t offset,
                 const void *data, uint64_t length) {
    struct record record = {kind, path ? (uint32_t)strlen(path) : 0, inode, offset, length};
    struct iovec parts[] = {
        {&record, sizeof record},
        {(void *)path, record.path_length},
        {(void *)data, data ? length : 0},
    };
    if (writev(record_fd, parts, 3) < 0) abort();
    records++;
}

static int is_the_last(void) {
    uint64_t left = control->operations_left;
    if (left) control->operations_left = left - 1;
    return left == 1;
}

static void cut(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* Ends an operation: the power goes after it, or does not. */
static void over(int is_last) {
    if (is_last) cut();
    pthread_mutex_unlock(&turn);
}

static void opened(int fd, int flags, int existed) {
    char link[64], path[4096];
    struct stat stat;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (fd >= FILES || length <= 0 || fstat(fd, &stat) != 0) return;
    path[length] = 0;
    int is_root = strncmp(path, folder, length) == 0 && strcmp(folder + length, "/") == 0;
    if (!is_ours(path) && !is_root) return;
    free(files[fd].path);
    files[fd].path = strdup(path);
    files[fd].inode = stat.st_ino;
    files[fd].is_folder = S_ISDIR(stat.st_mode);
    if (files[fd].is_folder) return;
    if (!existed) note(CREATE, path, stat.st_ino, 0, NULL, 0);
    else if (flags & O_TRUNC) note(TRUNCATE, NULL, stat.st_ino, 0, NULL, 0);
}

static int open_at(int at, const char *path, int flags, mode_t mode) {
    if (record_fd < 0) return REAL(openat)(at, path, flags, mode);
    struct stat before;
    pthread_mutex_lock(&turn);
    int existed = fstatat(at, path, &before, 0) == 0;
    int fd = REAL(openat)(at, path, flags, mode);
    uint64_t so_far = records;
    if (fd >= 0) opened(fd, flags, existed);
    int error = errno;
    over(records > so_far && is_the_last());
    errno = error;
    return fd;
}

#define MODE(flags)                          \
    mode_t mode = 0;                         \
    if (flags & (O_CREAT | O_TMPFILE)) {     \
        va_list more;                        \
        va_start(more, flags);               \
        mode = va_arg(more, mode_t);         \
        va_end(more);                        \
    }

int open(const char *path, int flags, ...) {
    MODE(flags)
    return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE(flags)
    return open_at(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int at, const char *path, int flags, ...) {
    MODE(flags)
    return open_at(at, path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...) {
    MODE(flags)
    return open_at(at, path, flags | O_LARGEFILE, mode);
}

static int is_a_file(int fd) {
    return fd >= 0 && fd < FILES && files[fd].path && !files[fd].is_folder;
}

int close(int fd) {
    if (fd >= 0 && fd < FILES && files[fd].path) {
        pthread_mutex_lock(&turn);
        free(files[fd].path);
        files[fd].path = NULL;
        pthread_mutex_unlock(&turn);
    }
    return REAL(close)(fd);
}

/* Called in its turn. */
static int has_no_room(int fd, off_t end) {
    struct stat stat;
    return control->is_full && fstat(fd, &stat) == 0 && end > stat.st_size;
}

static ssize_t write_at(int fd, const void *data, size_t length, off_t offset) {
    ssize_t written = -1;
    if (has_no_room(fd, offset + length)) {
        errno = ENOSPC;
        return -1;
    }
    written = REAL(pwrite64)(fd, data, length, offset);
    if (written > 0) note(WRITE, NULL, files[fd].inode, offset, data, written);
    return written;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    if (!is_a_file(fd)) return REAL(pwrite64)(fd, data, length, offset);
    pthread_mutex_lock(&turn);
    ssize_t written = write_at(fd, data, length, offset);
    int error = errno;
    over(is_the_last());
    errno = error;
    return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    return pwrite64(fd, data, length, offset);
}

ssize_t write(int fd, const void *data, size_t length) {
    if (!is_a_file(fd)) return REAL(write)(fd, data, length);
    pthread_mutex_lock(&turn);
    off_t offset = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    ssize_t written = write_at(fd, data, length, offset);
    int error = errno;
    if (written > 0) lseek(fd, offset + written, SEEK_SET);
    over(is_the_last());
    errno = error;
    return written;
}

int ftruncate64(int fd, off64_t length) {
    if (!is_a_file(fd)) return REAL(ftruncate64)(fd, length);
    pthread_mutex_lock(&turn);
    int done = -1, error = ENOSPC;
    if (!has_no_room(fd, length)) {
        done = REAL(ftruncate64)(fd, length);
        error = errno;
        if (done == 0) note(TRUNCATE, NULL, files[fd].inode, length, NULL, 0);
    }
    over(0);
    errno = error;
    return done;
}

int ftruncate(int fd, off_t length) {
    return ftruncate64(fd, length);
}

static int is_a_database(int fd) {
    size_t length = strlen(files[fd].path);
    return length > 3 && strcmp(files[fd].path + length - 3, ".db") == 0;
}

static int sync_of(int fd) {
    pthread_mutex_lock(&turn);
    uint64_t covered = records;
    pthread_mutex_unlock(&turn);
    struct timespec time = {control->sync_us / 1000000, control->sync_us % 1000000 * 1000};
    nanosleep(&time, NULL);
    pthread_mutex_lock(&turn);
    int fails = control->sync_fails && !files[fd].is_folder && is_a_database(fd);
    if (files[fd].is_folder) note(SYNC_FOLDER, files[fd].path, 0, covered, NULL, 0);
    else note(fails ? SYNC_FAILED : SYNC, NULL, files[fd].inode, covered, NULL, 0);
    pthread_mutex_unlock(&turn);
    errno = fails ? EIO : 0;
    return fails ? -1 : 0;
}

int fsync(int fd) {
    return fd >= 0 && fd < FILES && files[fd].path ? sync_of(fd) : REAL(fsync)(fd);
}

int fdatasync(int fd) {
    return fd >= 0 && fd < FILES && files[fd].path ? sync_of(fd) : REAL(fdatasync)(fd);
}

/* Does what changes a folder and notes it: `call` with the paths as they were given. */
#define CHANGE(kind, from, to, call)                                              \
    char one[4096], other[4096];                                                  \
    const char *path = absolute(from, one, sizeof one);                           \
    const char *second = absolute(to, other, sizeof other);                       \
    if (!is_ours(path)) return call;                                              \
    pthread_mutex_lock(&turn);                                                    \
    int done = call, error = errno;                                               \
    if (done == 0) note(kind, path, 0, 0, second, strlen(second));                \
    over(done == 0 && is_the_last());                                             \
    errno = error;                                                                \
    return done;

int unlink(const char *path_) { CHANGE(UNLINK, path_, path_, REAL(unlink)(path_)) }
int rmdir(const char *path_) { CHANGE(RMDIR, path_, path_, REAL(rmdir)(path_)) }
int mkdir(const char *path_, mode_t mode) { CHANGE(MKDIR, path_, path_, REAL(mkdir)(path_, mode)) }
int rename(const char *from, const char *to) { CHANGE(RENAME, from, to, REAL(rename)(from, to)) }
int link(const char *from, const char *to) { CHANGE(LINK, from, to, REAL(link)(from, to)) }
int linkat(int at, const char *from, int to_at, const char *to, int flags) {
    CHANGE(LINK, from, to, REAL(linkat)(at, from, to_at, to, flags))
}
