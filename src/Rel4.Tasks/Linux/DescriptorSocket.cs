using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Passes descriptors between processes: short messages with up to four descriptors (<c>unix(7)</c>, <c>SCM_RIGHTS</c>).</summary>
internal static unsafe partial class DescriptorSocket
{
    private const int UnixFamily = 1, SeqPacket = 5, CloseOnExec = 0x80000;
    private const int SocketLevel = 1, Rights = 1;
    private const int SocketType = 3, SocketDomain = 39;
    private const int DontWait = 0x40, NoSignal = 0x4000, CloseReceived = 0x40000000;
    private const short Writable = 4;
    private const int MaxDescriptors = 4;
    private const int Peek = 2, ControlTruncated = 8, LingerOption = 13;

    /// <summary>How many descriptors Linux lets a message have (<c>SCM_MAX_FD</c>).</summary>
    public const int MostInMessage = 253;
    private const int ControlHeaderSize = 16;

    /// <summary>Makes two connected sockets.</summary>
    public static (int First, int Second) CreatePair()
    {
        int* pair = stackalloc int[2];
        LinuxException.Check(SocketPair(UnixFamily, SeqPacket | CloseOnExec, 0, pair), "socketpair");
        return (pair[0], pair[1]);
    }

    /// <summary>Tells whether a descriptor that somebody else passed is a socket of the kind that <see cref="CreatePair"/> makes.</summary>
    public static bool IsOne(int descriptor) => Option(descriptor, SocketDomain) == UnixFamily && Option(descriptor, SocketType) == SeqPacket;

    /// <summary>Tells whether messages can be sent now: the peer has taken enough of those that were.</summary>
    public static bool HasRoom(int socket)
    {
        PollEntry entry = new() { Descriptor = socket, Events = Writable };
        return Poll(&entry, 1, 0) == 1 && entry.Returned == Writable;
    }

    /// <summary>Sends a message and descriptors without waiting.</summary>
    /// <returns>False if the peer is gone or does not take its messages.</returns>
    public static bool TrySend<T>(int socket, in T message, params ReadOnlySpan<int> descriptors)
        where T : unmanaged
    {
        Control control = default;
        control.Length = (nuint)(ControlHeaderSize + (descriptors.Length * sizeof(int)));
        control.Level = SocketLevel;
        control.Type = Rights;
        descriptors.CopyTo(new Span<int>(control.Descriptors, MaxDescriptors));
        fixed (T* content = &message)
        {
            Vector vector = new() { Base = content, Length = (nuint)sizeof(T) };
            Header header = new() { Vector = &vector, VectorLength = 1, Control = &control };
            header.ControlLength = (control.Length + (nuint)sizeof(nuint) - 1) & ~((nuint)sizeof(nuint) - 1);
            return SendMsg(socket, &header, DontWait | NoSignal) == sizeof(T);
        }
    }

    /// <summary>Takes the next message of somebody who is not trusted, without waiting, and closes no file of theirs.</summary>
    /// <param name="descriptors">Gets the descriptors; -1 where there is none. There must be room for <see cref="MostInMessage"/>.</param>
    /// <returns>False if there is none or the peer is gone.</returns>
    /// <remarks>
    /// Linux closes what it can't hand over, for want of room or of descriptors, and whoever receives waits for that close. So the message is looked
    /// at first, and taken out only if all of it has come: what Linux then closes is not the last of a file. Otherwise it stays where it is,
    /// and there are no descriptors. The socket must be read by nobody else.
    /// </remarks>
    public static bool TryReceiveAll<T>(int socket, out T message, Span<int> descriptors)
        where T : unmanaged
    {
        const int ControlSize = ControlHeaderSize + ((MostInMessage + 1) * sizeof(int));
        byte* control = stackalloc byte[ControlSize];
        new Span<byte>(control, ControlSize).Clear();
        T content = default;
        Vector vector = new() { Base = &content, Length = (nuint)sizeof(T) };
        Header header = new() { Vector = &vector, VectorLength = 1, Control = control, ControlLength = ControlSize };
        nint length = RecvMsg(socket, &header, DontWait | Peek | CloseReceived);
        Control* first = (Control*)control;
        int count = length >= 0 && header.ControlLength >= ControlHeaderSize && first->Level == SocketLevel && first->Type == Rights
            ? ((int)first->Length - ControlHeaderSize) / sizeof(int) : 0;
        new ReadOnlySpan<int>(first->Descriptors, count).CopyTo(descriptors);
        descriptors[count..].Fill(-1);
        message = content;
        if (length < 0)
            return false;
        if ((header.Flags & ControlTruncated) != 0)
        {
            // The message holds them all still.
            Descriptors.CloseAll(descriptors);
            descriptors.Fill(-1);
            return true;
        }

        header = new Header { Vector = &vector, VectorLength = 1 };
        RecvMsg(socket, &header, DontWait);
        return length == sizeof(T);
    }

    /// <summary>Lets the close of a descriptor, if that is a socket's, not wait for what it has not sent.</summary>
    public static void StopLingering(int descriptor)
    {
        // struct linger: off, no seconds.
        ulong off = 0;
        _ = SetSockOpt(descriptor, SocketLevel, LingerOption, &off, sizeof(ulong));
    }

    /// <summary>Has everybody who waits for a message of a socket, or will, find that its peer is gone.</summary>
    public static void ShutDown(SafeHandle socket)
    {
        const int Both = 2;
        SystemCall.TryInvoke(SystemCallNumber.shutdown, out _, socket.DangerousGetHandle(), Both);
    }

    /// <summary>Waits for the next message.</summary>
    /// <param name="descriptors">Gets the descriptors; -1 where there is none. Linux closes those that are too many.</param>
    /// <returns>False if the peer is gone.</returns>
    public static bool Receive<T>(int socket, out T message, Span<int> descriptors)
        where T : unmanaged
    {
        Control control = default;
        T content = default;
        Vector vector = new() { Base = &content, Length = (nuint)sizeof(T) };
        Header header = new() { Vector = &vector, VectorLength = 1, Control = &control };
        header.ControlLength = (nuint)(ControlHeaderSize + (descriptors.Length * sizeof(int)));
        nint length;
        do
            length = RecvMsg(socket, &header, CloseReceived);
        while (length < 0 && Marshal.GetLastPInvokeError() == (int)LinuxError.EINTR);

        int count = 0;
        if (length >= 0 && header.ControlLength != 0 && control.Level == SocketLevel && control.Type == Rights)
            count = ((int)control.Length - ControlHeaderSize) / sizeof(int);
        new ReadOnlySpan<int>(control.Descriptors, count).CopyTo(descriptors);
        descriptors[count..].Fill(-1);
        message = content;
        return length > 0;
    }

    private static int Option(int socket, int name)
    {
        int value;
        uint length = sizeof(int);
        return GetSockOpt(socket, SocketLevel, name, &value, &length) == 0 ? value : -1;
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, nuint count, int limitMs);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetSockOpt(int socket, int level, int name, int* value, uint* length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSockOpt(int socket, int level, int name, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int family, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMsg(int socket, Header* header, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint RecvMsg(int socket, Header* header, int flags);

    /// <summary>Lays out <c>struct cmsghdr</c> with room for descriptors, an even number so that the next would be aligned.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Control
    {
        public nuint Length;
        public int Level;
        public int Type;
        public fixed int Descriptors[MaxDescriptors];
    }

    /// <summary>Lays out <c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>Lays out <c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public void* Base;
        public nuint Length;
    }

    /// <summary>Lays out <c>struct msghdr</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public void* Name;
        public uint NameLength;
        public Vector* Vector;
        public nuint VectorLength;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
