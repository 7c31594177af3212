using System.Diagnostics;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>Clients and servers that trace, or do not.</summary>
internal static class TracePrograms
{
    private static readonly List<Activity> s_ended = [];

    public static void Serve()
    {
        using ActivityListener listener = Listen();
        ServeWithoutListener();
    }

    public static void ServeWithoutListener() => ReL4.Run(static () => TracedContract.ServeAsync(ContractSystem.Endpoint, new Traced()));

    /// <summary>Answers how long each message is.</summary>
    public static void ServeLengths() => ReL4.Run(static async () =>
    {
        await foreach (IpcRequest request in ContractSystem.Endpoint.ReceiveAllAsync())
            await request.ReplyAsync(0, BitConverter.GetBytes(request.Length));
    });

    public static void Call()
    {
        using ActivityListener listener = Listen();
        ReL4.Run(static async () =>
        {
            ITraced traced = TracedContract.Connect(ContractSystem.Endpoint);
            using Activity outer = Begin("a=b");
            Tell("call", await traced.TellAsync(), outer);
            string ofStream = "";
            await foreach (string told in traced.StreamAsync())
                ofStream = told;
            Tell("stream", ofStream, outer);
            s_ended.Clear();
            // Of the callback: its parent is what the server's method runs in, in this trace.
            string back = await traced.CallBackAsync(new Told());
            Console.WriteLine($"callback: {back.Contains(outer.TraceId.ToHexString(), StringComparison.Ordinal)} {back.Split(' ', 3)[2]}");
            try
            {
                await traced.FailAsync();
            }
            catch (ContractException)
            {
                Console.WriteLine($"{s_ended[^1].Status} {s_ended[^1].GetTagItem("error.type")}");
            }

            try
            {
                await foreach (string told in traced.FailingStreamAsync())
                    Console.WriteLine(told);
            }
            catch (ContractException)
            {
                Console.WriteLine($"{s_ended[^1].DisplayName} {s_ended[^1].Status}");
            }

            try
            {
                // Refused before anything is sent.
                await TracedContract.Connect(ContractSystem.Endpoint, new ContractClientOptions { Timeout = TimeSpan.FromSeconds(-1) }).TellAsync();
            }
            catch (ArgumentOutOfRangeException)
            {
                Console.WriteLine($"{s_ended[^1].DisplayName} {s_ended[^1].Status} {Activity.Current == outer}");
            }

            Console.WriteLine(await traced.EndedAsync());
            Console.WriteLine(Activity.Current == outer);
        });
    }

    public static void CallWithoutListener() => ReL4.Run(static async () =>
    {
        ITraced traced = TracedContract.Connect(ContractSystem.Endpoint);
        using (Activity outer = Begin("a=b"))
        {
            s_ended.Add(outer);
            Tell("within", await traced.TellAsync(), outer);
        }

        Console.WriteLine($"without: {(await traced.TellAsync()).Split(' ', 3)[0]}");
        // What others may say: no trace, what no state is, and what no context is.
        byte[] context = [1, 0x40, 0, 0, .. HostilePrograms.Hash("Tests.Traced"), .. HostilePrograms.Number("TellAsync"), .. Enumerable.Repeat((byte)0xAB, 24), 0xFF];
        await SayAsync("bytes", [.. context, 2, 0, 0xC3, 0xA9]);
        await SayAsync("no ids", [.. context[..12], .. new byte[24], 1, 0, 0]);
        await SayAsync("long", [.. context, 1, 2, .. new byte[513]]);
        await SayAsync("as long as may be", [.. context, 0, 2, .. Enumerable.Repeat((byte)'a', 512)]);
        await SayAsync("cut", context);
        await SayAsync("cut state", [.. context, 2, 0, 1]);
    });

    public static void CallUntraced() => ReL4.Run(static async () =>
    {
        using (Begin("a=b"))
            Console.WriteLine(await TracedContract.Connect(ContractSystem.Endpoint).TellAsync());
    });

    public static void Measure() => ReL4.Run(static async () =>
    {
        ICalculator calculator = CalculatorContract.Connect(ContractSystem.Endpoint);
        Console.WriteLine(await calculator.AddAsync(1, 2));
        foreach (string state in (string[])["", "a=b", new string('a', 513), "é"])
        {
            using (Begin(state))
                Console.WriteLine(await calculator.AddAsync(1, 2));
        }

        using (new Activity("old").SetIdFormat(ActivityIdFormat.Hierarchical).Start())
            Console.WriteLine(await calculator.AddAsync(1, 2));
    });

    private static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Rel4.Contracts",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = s_ended.Add,
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static Activity Begin(string state)
    {
        Activity activity = new Activity("outer").SetIdFormat(ActivityIdFormat.W3C).Start();
        activity.TraceStateString = state;
        return activity;
    }

    /// <summary>Says what a server's activity is, and whether this side's that ended last is its parent.</summary>
    private static void Tell(string what, string told, Activity outer)
    {
        Activity? mine = s_ended.LastOrDefault();
        string[] parts = told.Split(' ', 3);
        string parent = parts[0] == outer.SpanId.ToHexString() ? "outer" : mine is null || parts[0] == mine.SpanId.ToHexString() ? "client" : parts[0];
        Console.WriteLine($"{what}: {parent} {parts[1] == outer.TraceId.ToHexString()} {parts[2]}");
    }

    private static async ValueTask SayAsync(string what, byte[] message)
    {
        using IpcResponse response = await ContractSystem.Endpoint.CallAsync(0, message);
        string told = response.Label != 0 ? $"{(ContractRefusal)(response.Label - 0x100)}" : System.Text.Encoding.UTF8.GetString(response.Payload[4..]);
        Console.WriteLine($"{what}: {(told.Contains(' ', StringComparison.Ordinal) ? $"{told.Split(' ')[0]} {told.Split(' ')[2].Length}" : told)}");
    }

    private static string Describe(Activity? activity) => activity is null
        ? "none"
        : $"{activity.ParentSpanId.ToHexString()} {activity.TraceId.ToHexString()} {activity.TraceStateString} {activity.Kind} {activity.HasRemoteParent} {activity.DisplayName} {string.Join(' ', activity.Tags.Select(tag => tag.Value))}";

    private sealed class Traced : ITraced
    {
        public async ValueTask<string> TellAsync()
        {
            Activity? before = Activity.Current;
            await Executor.Current!.Yield();
            return Activity.Current == before ? Describe(before) : "another";
        }

        public async ValueTask FailAsync()
        {
            await Executor.Current!.Yield();
            throw new ContractException(1, "no");
        }

        public async IAsyncEnumerable<string> StreamAsync()
        {
            await Executor.Current!.Yield();
            yield return Describe(Activity.Current);
        }

        public async IAsyncEnumerable<string> FailingStreamAsync()
        {
            await Executor.Current!.Yield();
            yield return "first";
            throw new ContractException(1, "no");
        }

        public async ValueTask<string> CallBackAsync(ITold told)
        {
            string said = await told.TellAsync();
            return said;
        }

        public ValueTask<string> EndedAsync()
        {
            string ended = string.Join(' ', s_ended.Select(activity => $"{activity.DisplayName.Split('/')[1]} {activity.Kind} {activity.Status}"));
            s_ended.Clear();
            return new($"{ended} in {Activity.Current?.Parent?.DisplayName ?? "none"}");
        }
    }

    private sealed class Told : ITold
    {
        public ValueTask<string> TellAsync() => new(Describe(Activity.Current));
    }
}
