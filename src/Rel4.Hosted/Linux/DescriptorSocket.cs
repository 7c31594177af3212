using System.Runtime.InteropServices;

namespace Rel4.Hosted.Linux;

/// <summary>Passes descriptors between processes: messages of one word with up to two descriptors (<c>unix(7)</c>, <c>SCM_RIGHTS</c>).</summary>
internal static unsafe partial class DescriptorSocket
{
    private const int UnixFamily = 1, SeqPacket = 5, CloseOnExec = 0x80000;
    private const int SocketLevel = 1, Rights = 1;
    private const int SocketType = 3, SocketDomain = 39;
    private const int DontWait = 0x40, NoSignal = 0x4000, CloseReceived = 0x40000000;
    private const int Capacity = 2;

    /// <summary>Makes two connected sockets.</summary>
    public static (int First, int Second) CreatePair()
    {
        int* pair = stackalloc int[2];
        LinuxException.Check(SocketPair(UnixFamily, SeqPacket | CloseOnExec, 0, pair), "socketpair");
        return (pair[0], pair[1]);
    }

    /// <summary>Tells whether a descriptor that somebody else passed is a socket of the kind that <see cref="CreatePair"/> makes.</summary>
    public static bool IsOne(int descriptor) => Option(descriptor, SocketDomain) == UnixFamily && Option(descriptor, SocketType) == SeqPacket;

    /// <summary>Sends without waiting.</summary>
    /// <returns>False if the peer is gone or does not take its messages.</returns>
    public static bool TrySend(int socket, ulong word, int first = -1, int second = -1)
    {
        Control control = default;
        int count = first < 0 ? 0 : second < 0 ? 1 : 2;
        control.Length = (nuint)(sizeof(nuint) + (2 * sizeof(int)) + (count * sizeof(int)));
        control.Level = SocketLevel;
        control.Type = Rights;
        control.First = first;
        control.Second = second;
        Vector vector = new() { Base = &word, Length = sizeof(ulong) };
        Header header = new() { Vector = &vector, VectorLength = 1, Control = &control, ControlLength = count == 0 ? 0 : (nuint)sizeof(Control) };
        return SendMsg(socket, &header, DontWait | NoSignal) == sizeof(ulong);
    }

    /// <summary>Takes the next message without waiting. Descriptors beyond two are closed by Linux.</summary>
    /// <returns>False if there is none, or the peer is gone.</returns>
    public static bool TryReceive(int socket, out ulong word, out int first, out int second) =>
        Receive(socket, DontWait, out word, out first, out second);

    /// <summary>Waits for the next message.</summary>
    /// <returns>False if the peer is gone.</returns>
    public static bool Receive(int socket, out ulong word, out int first, out int second) => Receive(socket, 0, out word, out first, out second);

    /// <summary>Waits until the peer is gone.</summary>
    public static void AwaitHangUp(int socket)
    {
        const short PeerClosed = 0x2000, HangUp = 0x10;
        PollEntry entry = new() { Descriptor = socket, Events = PeerClosed };
        while (Poll(&entry, 1, -1) <= 0 || (entry.Results & (PeerClosed | HangUp)) == 0)
        {
        }
    }

    private static bool Receive(int socket, int flags, out ulong word, out int first, out int second)
    {
        Control control = default;
        ulong received = 0;
        Vector vector = new() { Base = &received, Length = sizeof(ulong) };
        Header header = new() { Vector = &vector, VectorLength = 1, Control = &control, ControlLength = (nuint)sizeof(Control) };
        nint length;
        do
            length = RecvMsg(socket, &header, flags | CloseReceived);
        while (length < 0 && Marshal.GetLastPInvokeError() == (int)LinuxError.EINTR);

        int count = 0;
        if (header.ControlLength != 0 && control.Level == SocketLevel && control.Type == Rights)
            count = ((int)control.Length - sizeof(nuint) - (2 * sizeof(int))) / sizeof(int);
        word = received;
        first = count > 0 ? control.First : -1;
        second = count > 1 ? control.Second : -1;
        return length > 0;
    }

    private static int Option(int socket, int name)
    {
        int value;
        uint length = sizeof(int);
        return GetSockOpt(socket, SocketLevel, name, &value, &length) == 0 ? value : -1;
    }

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetSockOpt(int socket, int level, int name, int* value, uint* length);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int family, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMsg(int socket, Header* header, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint RecvMsg(int socket, Header* header, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, nuint count, int limitMs);

    /// <summary>Lays out <c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Results;
    }

    /// <summary>Lays out <c>struct cmsghdr</c> with room for two descriptors.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Control
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int First;
        public int Second;
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
