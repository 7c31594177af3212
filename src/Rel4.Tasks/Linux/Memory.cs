using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Maps memory, anonymous and shared.</summary>
internal static unsafe partial class Memory
{
    private const int ProtRead = 1, ProtWrite = 2;
    private const int MapShared = 0x01, MapPrivate = 0x02, MapFixed = 0x10, MapAnonymous = 0x20, MapNoReserve = 0x4000;
    private const uint CloseOnExec = 1, AllowSealing = 2, NoExecSeal = 8;
    private const int AddSealsCommand = 1033;
    private const int DontNeed = 4;
    private const uint ReadAndWrite = 0b110_110_110;

    /// <summary>Seals of a memfd (<c>fcntl(2)</c>, "File Sealing").</summary>
    [Flags]
    internal enum Seals
    {
        Seal = 1,
        Shrink = 2,
        Grow = 4,
        FutureWrite = 16,
    }

    /// <summary>Gets whether Linux seals files in memory against execution (<c>MFD_NOEXEC_SEAL</c>, since 6.3).</summary>
    /// <remarks>Elsewhere their mode alone is against it, which only their owner, the kernel's user, may change. No task executes anything (<c>execve</c>), whatever the mode.</remarks>
    public static bool SealsExecution { get; } = CanSealExecution();

    /// <summary>Reserves zeroed memory that costs nothing until it is touched.</summary>
    /// <exception cref="LinuxException">Linux has no addresses for it.</exception>
    public static byte* Reserve(nuint size)
    {
        byte* memory = MMap(null, size, ProtRead | ProtWrite, MapPrivate | MapAnonymous | MapNoReserve, -1, 0);
        return (nint)memory != -1 ? memory : throw LinuxException.NoAddresses(size, (LinuxError)Marshal.GetLastPInvokeError());
    }

    /// <summary>Puts untouched zeroed memory over what is mapped at an address.</summary>
    /// <returns>False if Linux has no memory left for it, or the process has more mappings than it may; all is as before then.</returns>
    public static bool TryReplace(byte* address, nuint size) =>
        (nint)MMap(address, size, ProtRead | ProtWrite, MapPrivate | MapAnonymous | MapNoReserve | MapFixed, -1, 0) != -1;

    /// <summary>Maps a file over what is mapped at an address.</summary>
    /// <returns>As above.</returns>
    public static bool TryReplace(byte* address, nuint size, int file) =>
        (nint)MMap(address, size, ProtRead | ProtWrite, MapShared | MapFixed, file, 0) != -1;

    /// <summary>As <see cref="MapWritable"/>, where running out of mappings is an ordinary event.</summary>
    /// <returns>Null if Linux refuses.</returns>
    public static byte* TryMapWritable(int file, nuint size) => TryMap(file, size, ProtRead | ProtWrite);

    /// <summary>As <see cref="MapReadOnly"/>, where running out of mappings is an ordinary event.</summary>
    /// <returns>Null if Linux refuses.</returns>
    public static byte* TryMapReadOnly(int file, nuint size) => TryMap(file, size, ProtRead);

    /// <summary>Maps a file for reading and writing.</summary>
    public static byte* MapWritable(int file, nuint size) => Map(file, size, ProtRead | ProtWrite);

    /// <summary>Maps a file for reading.</summary>
    public static byte* MapReadOnly(int file, nuint size) => Map(file, size, ProtRead);

    /// <summary>Unmaps memory; null stands for none. What Linux has no memory to unmap stays mapped.</summary>
    public static void Unmap(void* address, nuint size)
    {
        if (address != null && MUnmap((byte*)address, size) != 0 && Marshal.GetLastPInvokeError() != (int)LinuxError.ENOMEM)
            throw new LinuxException("munmap", (LinuxError)Marshal.GetLastPInvokeError());
    }

    /// <summary>Gives pages back; they read as zero again.</summary>
    /// <returns>False if the process keeps all of its memory locked.</returns>
    public static bool TryDiscard(byte* address, nuint size) => MAdvise(address, size, DontNeed) == 0;

    /// <summary>Makes a file that lives in memory only, of a size that nobody can change, and that nobody can execute.</summary>
    /// <returns>The descriptor, or the negated errno: running out of descriptors is an ordinary event.</returns>
    public static int TryCreateFile(string name, long size)
    {
        int file = MemFdCreate(name, CloseOnExec | AllowSealing | (SealsExecution ? NoExecSeal : 0));
        if (file >= 0 && (SealsExecution || FChMod(file, ReadAndWrite) == 0)
            && FTruncate(file, size) == 0 && FCntl(file, AddSealsCommand, (int)(Seals.Shrink | Seals.Grow)) == 0)
            return file;
        int error = Marshal.GetLastPInvokeError();
        if (file >= 0)
            _ = Descriptors.Close(file);
        return -error;
    }

    /// <summary>Makes such a file and maps it for reading and writing.</summary>
    /// <param name="file">The descriptor; negative if it was not made.</param>
    /// <returns>Null if Linux refuses.</returns>
    public static byte* TryCreateMapped(string name, int size, out int file)
    {
        file = TryCreateFile(name, size);
        byte* memory = file < 0 ? null : TryMapWritable(file, (nuint)size);
        if (memory == null && file >= 0)
        {
            _ = Descriptors.Close(file);
            file = -1;
        }

        return memory;
    }

    /// <summary>Writes into a file.</summary>
    /// <returns>False if the machine has no memory left for it.</returns>
    public static bool TryWrite(int file, ReadOnlySpan<byte> content, long offset)
    {
        fixed (byte* start = content)
            return PWrite(file, start, (nuint)content.Length, offset) == content.Length;
    }

    /// <summary>Adds seals; those in force stay.</summary>
    /// <returns>False if whoever can write the file was first and sealed its seals.</returns>
    public static bool TryAddSeals(int file, Seals seals) => FCntl(file, AddSealsCommand, (int)seals) == 0;

    private static bool CanSealExecution()
    {
        int file = MemFdCreate("rel4-look", CloseOnExec | NoExecSeal);
        if (file < 0)
            return Marshal.GetLastPInvokeError() != (int)LinuxError.EINVAL;
        _ = Descriptors.Close(file);
        return true;
    }

    private static byte* TryMap(int file, nuint size, int protection)
    {
        byte* result = MMap(null, size, protection, MapShared, file, 0);
        return (nint)result == -1 ? null : result;
    }

    private static byte* Map(int file, nuint size, int protection)
    {
        byte* result = TryMap(file, size, protection);
        return result == null ? throw new LinuxException("mmap", (LinuxError)Marshal.GetLastPInvokeError()) : result;
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial byte* MMap(byte* address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MUnmap(byte* address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    private static partial int MAdvise(byte* address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemFdCreate(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint PWrite(int file, byte* content, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int FChMod(int file, uint mode);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int FTruncate(int file, long length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FCntl(int file, int command, int argument);
}
