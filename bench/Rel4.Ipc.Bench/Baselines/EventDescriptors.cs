using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Rel4.Hosted.Linux;

namespace Rel4.Ipc.Bench.Baselines;

/// <summary>Is a pair of eventfds between two processes, one for each direction: the least that Linux wakes another thread by.</summary>
internal sealed unsafe partial class EventDescriptors
{
    private const string Name = "events";
    private const int CloseOnExec = 0x80000;

    private readonly int _out;
    private readonly int _in;

    private EventDescriptors(int outwards, int inwards) => (_out, _in) = (outwards, inwards);

    /// <summary>Answers each event with one, on a thread of its own.</summary>
    public static void Serve() => UnixSocket.Serve(Name, client =>
    {
        int toServer = Check(EventFd(0, CloseOnExec)), toClient = Check(EventFd(0, CloseOnExec));
        if (!DescriptorSocket.TrySend((int)client.Handle, 0UL, toServer, toClient))
            return;
        var own = new EventDescriptors(outwards: toClient, inwards: toServer);
        while (true)
        {
            own.Wait();
            own.Signal();
        }
    });

    /// <summary>Gets the descriptors from the server.</summary>
    public static EventDescriptors Connect()
    {
        using Socket socket = UnixSocket.Connect(Name);
        Span<int> descriptors = stackalloc int[2];
        if (!DescriptorSocket.Receive((int)socket.Handle, out ulong _, descriptors) || descriptors.Contains(-1))
            throw new InvalidOperationException("The benchmark's server passed no eventfds.");
        return new EventDescriptors(outwards: descriptors[0], inwards: descriptors[1]);
    }

    /// <summary>Wakes the server and waits for its answer.</summary>
    public void RoundTrip()
    {
        Signal();
        Wait();
    }

    private static int Check(nint result) => result < 0 ? throw new Win32Exception() : (int)result;

    private void Signal()
    {
        ulong one = 1;
        Check(Write(_out, &one, sizeof(ulong)));
    }

    private void Wait()
    {
        ulong count;
        Check(Read(_in, &count, sizeof(ulong)));
    }

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, ulong* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ulong* buffer, nuint count);
}
