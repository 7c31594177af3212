using System.Collections.Immutable;
using System.Globalization;

namespace Rel4.Hosted.Linux;

/// <summary>Describes something that the Hosted machine needs of Linux.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="IsPresent">Whether it is there and works.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Detail">What is there, or what is missing and how to get it.</param>
public sealed record LinuxFeature(string Name, bool IsPresent, string Purpose, string Detail)
{
    /// <summary>Gets whether no system runs without it.</summary>
    public bool IsNeeded { get; init; } = true;
}

/// <summary>Tells whether Linux offers what systems need, most of it so that none can run without. The sandbox's layers are in <see cref="Sandbox.SandboxReport"/>.</summary>
/// <param name="Features">What is needed.</param>
public sealed record LinuxReport(ImmutableArray<LinuxFeature> Features)
{
    private const int PageSize = 4096;

    /// <summary>The fewest descriptors with which a small system runs.</summary>
    private const ulong FewDescriptors = 256;

    /// <summary>Tries each of them.</summary>
    public static LinuxReport Inspect()
    {
        ulong descriptors = ResourceLimit.Current(Resource.Descriptors).Soft;
        return new LinuxReport(
        [
            From("futex", HasFutex(), "waking threads in other processes", "the kernel must have CONFIG_FUTEX"),
            Seals(),
            From("pidfd", HasProcessDescriptors(), "knowing when a task ends, whatever its number", "Linux 5.4 is needed"),
            From("close_range", HasCloseRange(), "tasks that inherit no descriptor", "Linux 5.9 is needed"),
            From("futex_waitv", Futex.CanWaitForEither, "lanes: calls that need not wait for the kernel's thread", "Linux 5.16 is needed") with { IsNeeded = false },
            new(
                "open files",
                descriptors >= FewDescriptors,
                "a thread takes two, a shared frame one",
                string.Create(CultureInfo.InvariantCulture, $"{descriptors} for a process")
                    + (descriptors >= FewDescriptors ? "" : "; raise the limit (ulimit -n 65536)")),
        ]);
    }

    private static LinuxFeature From(string name, bool isPresent, string purpose, string fix) =>
        new(name, isPresent, purpose, isPresent ? "works" : fix);

    private static LinuxFeature Seals()
    {
        LinuxFeature seals = From("memfd seals", HasSeals(), "frames that a reader can't write, of sizes that nobody changes", "Linux 5.1 (F_SEAL_FUTURE_WRITE) is needed");
        return seals.IsPresent && !Memory.SealsExecution
            ? seals with { Detail = "work, but for that against execution (Linux 6.3): the mode of frames alone is against it" }
            : seals;
    }

    private static unsafe bool HasFutex()
    {
        const nint Wake = 1;
        uint word = 0;
        SystemCall.TryInvoke(SystemCallNumber.futex, out LinuxError error, (nint)(&word), Wake, 1);
        return error == LinuxError.None;
    }

    private static unsafe bool HasSeals()
    {
        byte* written = Memory.TryCreateMapped("rel4-report", PageSize, out int file);
        if (written == null)
            return false;
        byte* second = null;
        bool isSealed = Memory.TryAddSeals(file, Memory.Seals.FutureWrite | Memory.Seals.Seal)
            && (second = Memory.TryMapWritable(file, PageSize)) == null;
        Memory.Unmap(second, PageSize);
        Memory.Unmap(written, PageSize);
        _ = Descriptors.Close(file);
        return isSealed;
    }

    private static bool HasProcessDescriptors()
    {
        nint descriptor = SystemCall.TryInvoke(SystemCallNumber.pidfd_open, out LinuxError error, Environment.ProcessId);
        if (error == LinuxError.None)
            _ = Descriptors.Close((int)descriptor);
        return error == LinuxError.None;
    }

    private static bool HasCloseRange()
    {
        // No descriptor has so high a number: nothing is closed.
        SystemCall.TryInvoke(SystemCallNumber.close_range, out LinuxError error, int.MaxValue, int.MaxValue);
        return error == LinuxError.None;
    }
}
