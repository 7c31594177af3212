using System.Diagnostics;
using System.Net.Sockets;
using Rel4.Abi;
using Rel4.Hosted.Linux;
using Rel4.Hosted.TaskSide;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Measures what a signal costs. Not run unless asked for (<c>-explicit only</c>).</summary>
[Collection(nameof(OneKernel))]
public sealed class Measurements(ITestOutputHelper output)
{
    private const int Posts = 20_000_000, RoundTrips = 50_000, Tries = 200;

    [Fact(Explicit = true)]
    public void Signal_OfEachKind_Takes()
    {
        using var kernel = new InProcessKernel();
        (TaskOnThread Thread, ulong Notification, UserInterruptReceiver Receiver) first = Start(kernel), second = Start(kernel);
        ulong toFirst = kernel.Mint(first.Notification, 1), toSecond = kernel.Mint(second.Notification, 1);
        UserInterruptSender there = first.Thread.Do(() => InProcessKernel.OpenSender(toSecond));
        UserInterruptSender back = second.Thread.Do(() => InProcessKernel.OpenSender(toFirst));

        Print("post to a running receiver", Posts, first.Thread.Do(() => Time(() =>
        {
            for (int i = 0; i < Posts; i++)
                there.TryPost();
        })));
        Print("look of a running receiver with one sender", Posts, first.Thread.Do(() => Time(() =>
        {
            for (int i = 0; i < Posts; i++)
                first.Receiver.Take();
        })));
        TimeSpan calls = default;
        Print("round trip of two parked threads", RoundTrips, RoundTrip(
            first.Thread,
            () =>
            {
                long start = Stopwatch.GetTimestamp();
                there.TryPost();
                calls += Stopwatch.GetElapsedTime(start);
                Park(first.Receiver);
            },
            second.Thread,
            () =>
            {
                Park(second.Receiver);
                back.TryPost();
            }));
        Print("  of it, in the post that wakes the other", RoundTrips, calls);
        Print("round trip of two threads that wait in the kernel", RoundTrips, RoundTrip(
            first.Thread,
            () =>
            {
                SeL4.Signal(toSecond);
                SeL4.Wait(first.Notification, out _);
            },
            second.Thread,
            () =>
            {
                SeL4.Wait(second.Notification, out _);
                SeL4.Signal(toFirst);
            }));
        (Socket near, Socket far) = SocketPair();
        byte[] nearByte = [1], farByte = [1];
        Print("round trip of one byte over a Unix socket", RoundTrips, RoundTrip(
            first.Thread,
            () =>
            {
                near.Send(nearByte);
                near.Receive(nearByte);
            },
            second.Thread,
            () =>
            {
                far.Receive(farByte);
                far.Send(farByte);
            }));
        near.Dispose();
        far.Dispose();
    }

    [Theory(Explicit = true)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(1000)]
    public void TakeDoorbells_WithIdleSenders_Takes(int senders)
    {
        const int Turns = 2000, Looks = 50;
        using var kernel = new InProcessKernel();
        (TaskOnThread thread, ulong notification, UserInterruptReceiver receiver) = Start(kernel);
        int registered = 0;
        Print("registration", 1, Least(senders, () => InProcessKernel.OpenSender(kernel.Mint(notification, 1ul << (registered++ % 64)))));
        thread.Do(() =>
        {
            using var parking = new UserInterruptParking(receiver, Affinity.Get(0));
            Eventually.Holds(() => parking.TakeDoorbells() == 0 && receiver.SenderCount == senders, "the receiver knows its senders");
            Print($"turn with {senders} idle senders", Turns, Least(Tries, () =>
            {
                for (int i = 0; i < Turns; i++)
                    parking.TakeDoorbells();
            }));
            Print($"look before sleep with {senders} idle senders", Looks, Least(Tries, () =>
            {
                for (int i = 0; i < Looks; i++)
                {
                    parking.PreparePark();
                    parking.TakeDoorbells();
                    parking.EndPark();
                }
            }));
            output.WriteLine($"cost of a wake-up: {parking.WakeUpCost.TotalMicroseconds} us");
        });
    }

    [Theory(Explicit = true)]
    [InlineData(ObjectType.Page4K)]
    [InlineData(ObjectType.LargePage)]
    public void Map_OfAFrameForTheFirstTime_Takes(ObjectType type)
    {
        const int Frames = 16;
        using var kernel = new InProcessKernel();
        var frames = new Stack<ulong>(Enumerable.Range(0, Frames).Select(_ => kernel.Make(type)));
        Print($"first mapping of a {type}", 1, Least(Frames, () => CurrentTask.Map(frames.Pop(), RootSlot.VSpace, CapRights.ReadWrite)));
    }

    [Fact(Explicit = true)]
    public void Retype_OfTheMemoryOfATaskThatHasEnded_Takes()
    {
        const int Outer = 27, Inner = 26;
        const ulong Memory = 5000, First = Memory + 1, Second = Memory + 2;
        using var kernel = HostedKernel.Start(new HostedKernelOptions(MemoryBits: 30));
        ulong root = RootSlot.FirstFree;
        while (SeL4.Untyped_Retype(root, ObjectType.Untyped, Outer, RootSlot.CNode, 0, 0, Memory, 1) != SeL4Error.NoError)
            root++;
        Print("retype of 2^27 bytes that were used", 1, Enumerable.Range(0, 20).Min(_ =>
        {
            InProcessKernel.Check(SeL4.Untyped_Retype(Memory, ObjectType.Untyped, Inner, RootSlot.CNode, 0, 0, First, 1));
            InProcessKernel.Check(SeL4.Untyped_Retype(Memory, ObjectType.Untyped, Inner, RootSlot.CNode, 0, 0, Second, 1));
            InProcessKernel.Revoke(Memory);
            TimeSpan time = Time(() =>
                InProcessKernel.Check(SeL4.Untyped_Retype(Memory, ObjectType.Untyped, Inner, RootSlot.CNode, 0, 0, First, 1)));
            InProcessKernel.Revoke(Memory);
            return time;
        }));
        CurrentTask.DetachThread();
    }

    private static (TaskOnThread Thread, ulong Notification, UserInterruptReceiver Receiver) Start(InProcessKernel kernel)
    {
        TaskOnThread thread = kernel.StartThread();
        ulong notification = kernel.Make(ObjectType.Notification);
        return (thread, notification, InProcessKernel.OpenReceiver(notification, thread.Tcb));
    }

    private static void Park(UserInterruptReceiver receiver)
    {
        while (receiver.Park(-1) == 0)
        {
        }
    }

    private static TimeSpan RoundTrip(TaskOnThread first, Action ask, TaskOnThread second, Action answer)
    {
        Task<bool> answered = second.Begin(() =>
        {
            for (int i = 0; i < RoundTrips; i++)
                answer();
            return true;
        });
        TimeSpan time = first.Do(() => Time(() =>
        {
            for (int i = 0; i < RoundTrips; i++)
                ask();
        }));
        Eventually.Ends(answered);
        return time;
    }

    /// <summary>Times something several times. The least is what it costs where nobody interrupts.</summary>
    private static TimeSpan Least(int times, Action action) => Enumerable.Range(0, times).Min(_ => Time(action));

    private static TimeSpan Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    }

    private static (Socket Near, Socket Far) SocketPair()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var near = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        near.Connect(new UnixDomainSocketEndPoint(path));
        Socket far = listener.Accept();
        File.Delete(path);
        return (near, far);
    }

    private void Print(string what, int count, TimeSpan time) => output.WriteLine($"{what}: {time.TotalNanoseconds / count:N1} ns");
}
