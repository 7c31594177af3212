using Rel4.Abi;
using Rel4.Hosted.Linux;
using static Rel4.Hosted.Linux.SystemCallNumber;

namespace Rel4.Hosted.Probe.Isolation;

/// <summary>Tries to do more with the memory of a frame than the capability allows.</summary>
internal static class FrameTrespasses
{
    private const int Size = TrapPage.Size;
    private const int OpenForBoth = 2, OpenEmpty = 0x200;
    private const int KeepSizeAndPunchHole = 3;
    private const int Remove = 9;
    private const int AddSeals = 1033, SealFutureWrite = 16;

    public static Finding MapWritable()
    {
        FrameFiles.Map(FrameFiles.Page, Size, FrameFiles.ReadWrite, out LinuxError error);
        return Finding.Of(error);
    }

    public static Finding ProtectWritable() => Call(mprotect, Map(FrameFiles.Page, FrameFiles.Readable), Size, FrameFiles.ReadWrite);

    public static Finding Write() => Finding.Of(FrameFiles.WriteText(Victim.Text));

    public static Finding Reopen()
    {
        int file = FrameFiles.Reopen(FrameFiles.Page, OpenForBoth, out LinuxError error);
        if (error == LinuxError.None)
            FrameFiles.Map(file, Size, FrameFiles.ReadWrite, out error);
        return Finding.Of(error);
    }

    public static Finding ReopenEmpty()
    {
        FrameFiles.Reopen(FrameFiles.PageOrUnsealed, OpenForBoth | OpenEmpty, out LinuxError error);
        if (error == LinuxError.None && Held.IsOwner)
            SystemCall.Invoke(ftruncate, FrameFiles.PageOrUnsealed, 2 * Size);
        return Finding.Of(error);
    }

    public static Finding ShrinkReadOnly() => Call(ftruncate, FrameFiles.PageOrUnsealed, Size / 2);

    public static Finding ShrinkWritable() => Call(ftruncate, FrameFiles.WritableOrUnsealed, Size / 2);

    public static Finding GrowWritable() => Call(ftruncate, FrameFiles.WritableOrUnsealed, 2 * Size);

    public static Finding PunchHole() => Call(fallocate, FrameFiles.PageOrUnsealed, KeepSizeAndPunchHole, 0, Size);

    public static Finding RemovePages()
    {
        int protection = Held.IsOwner ? FrameFiles.ReadWrite : FrameFiles.Readable;
        return Call(madvise, Map(FrameFiles.PageOrUnsealed, protection), Size, Remove);
    }

    public static Finding Seal() => Call(fcntl, FrameFiles.PageOrUnsealed, AddSeals, SealFutureWrite);

    /// <summary>Lets Linux copy from behind the frame's end, since reading there would end the process.</summary>
    public static Finding ReadBeyond()
    {
        nint address = FrameFiles.Map(FrameFiles.PageOrUnsealed, 2 * Size, FrameFiles.Readable, out LinuxError error);
        if (error != LinuxError.None)
            return Finding.Of(error);
        int sink = Descriptors.TryCreateEvent();
        return Call(write, sink, address + Size, sizeof(ulong));
    }

    private static nint Map(int file, int protection)
    {
        nint address = FrameFiles.Map(file, Size, protection, out LinuxError error);
        return error == LinuxError.None ? address : throw new LinuxException(nameof(mmap), error);
    }

    private static Finding Call(SystemCallNumber number, nint first, nint second, nint third = 0, nint fourth = 0)
    {
        SystemCall.TryInvoke(number, out LinuxError error, first, second, third, fourth);
        return Finding.Of(error);
    }
}
