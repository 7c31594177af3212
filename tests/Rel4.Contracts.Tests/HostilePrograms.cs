using System.Buffers.Binary;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>Clients that keep to no contract, and one that does.</summary>
internal static class HostilePrograms
{
    private static readonly Random s_random = new(12345);

    /// <summary>Sends what no header is, and says what each was answered.</summary>
    public static void SendGarbage() => ReL4.Run(static async () =>
    {
        byte[] add = await CaptureAsync();
        await TellAsync("empty", []);
        await TellAsync("short", add[..7]);
        await TellAsync("version", [2, .. add[1..]]);
        await TellAsync("flags", [add[0], 0x80, .. add[2..]]);
        await TellAsync("reserved", [add[0], add[1], 1, .. add[3..]]);
        await TellAsync("kind", [add[0], 9, .. add[2..]]);
        await TellAsync("contract", [.. add[..4], 0, .. add[5..]]);
        await TellAsync("method", [.. add[..8], 1, 2, 3, 4, .. add[12..]]);
        await TellAsync("arguments", add[..^1]);
        await TellAsync("surplus", [.. add, 0]);
        await TellAsync("right", add);
    });

    /// <summary>Changes bytes of right messages at random, thousands of times.</summary>
    public static void Fuzz() => ReL4.Run(static async () =>
    {
        byte[] add = await CaptureAsync();
        for (int i = 0; i < 20_000; i++)
        {
            byte[] message = new byte[s_random.Next(64)];
            s_random.NextBytes(message);
            add.AsSpan(0, Math.Min(s_random.Next(add.Length + 1), message.Length)).CopyTo(message);
            if (s_random.Next(2) == 0)
                await ContractSystem.Endpoint.SendAsync(0, message);
            else
                (await ContractSystem.Endpoint.CallAsync(0, message)).Dispose();
        }

        Console.WriteLine("has fuzzed");
        await CheckAsync();
    });

    /// <summary>Cancels what there is not, and what there is, over and over.</summary>
    public static void FloodCancels() => ReL4.Run(static async () =>
    {
        byte[] add = await CaptureAsync();
        byte[] cancel = [1, 0x11, 0, 0, .. add[4..12], .. new byte[8]];
        for (int i = 1; i <= 100_000; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(cancel.AsSpan(12), s_random.NextInt64());
            await ContractSystem.Endpoint.SendAsync(0, cancel);
        }

        Console.WriteLine("has flooded");
        await CheckAsync();
    });

    /// <summary>Uses the number of a call that is under way again.</summary>
    public static void Replay() => ReL4.Run(static async () =>
    {
        byte[] add = await CaptureAsync();
        byte[] wait = [1, 0x10, 0, 0, .. add[4..8], .. Number("WaitAsync"), .. new byte[] { 7, 0, 0, 0, 0, 0, 0, 0 }];
        Task<IpcResponse> first = ContractSystem.Endpoint.CallAsync(0, wait).AsTask();
        await TellAsync("replay", wait);
        wait[1] = 0x11;
        await ContractSystem.Endpoint.SendAsync(0, wait);
        using (IpcResponse cancelled = await first)
            Console.WriteLine($"first: {cancelled.Label}");
        wait[1] = 0x10;
        Task<IpcResponse> again = ContractSystem.Endpoint.CallAsync(0, wait).AsTask();
        wait[1] = 0x11;
        await ContractSystem.Endpoint.SendAsync(0, wait.ToArray());
        using (IpcResponse cancelled = await again)
            Console.WriteLine($"again: {cancelled.Label}");
        await CheckAsync();
    });

    /// <summary>Cancels calls of another badge by their number.</summary>
    public static void CancelOthers() => ReL4.Run(static async () =>
    {
        byte[] add = await CaptureAsync();
        ICalculator calculator = CalculatorContract.Connect(ContractSystem.Endpoint);
        while (await calculator.WaitedAsync() == 0)
            await Task.Delay(1);
        byte[] cancel = [1, 0x11, 0, 0, .. add[4..12], 7, 0, 0, 0, 0, 0, 0, 0];
        for (int i = 0; i < 1000; i++)
            await ContractSystem.Endpoint.SendAsync(0, cancel);
        await CheckAsync();
        Console.WriteLine($"cancelled {await calculator.CancelledAsync()}");
    });

    /// <summary>Waits in a method under the number that others cancel.</summary>
    public static void WaitAsSeven() => ReL4.Run(static async () =>
    {
        byte[] add = await CaptureAsync();
        using IpcResponse end = await ContractSystem.Endpoint.CallAsync(
            0, (byte[])[1, 0x10, 0, 0, .. add[4..8], .. Number("WaitAsync"), 7, 0, 0, 0, 0, 0, 0, 0]);
    });

    /// <summary>Pulls what there is not, twice at once, and for no credit.</summary>
    public static void PullWrongly() => ReL4.Run(static async () =>
    {
        byte[] count = [1, 0x10, 0, 0, .. Hash("Rel4.Contracts.Tests.IFeed"), .. Number("CountAsync"), 9, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0];
        byte[] pull = [1, 0x12, .. count[2..20], 5, 0, 0, 0];
        await TellAsync("unknown", pull);
        await TellAsync("without a number", [1, 0, .. count[2..12], 3, 0, 0, 0]);
        Task<IpcResponse> call = ContractSystem.Endpoint.CallAsync(0, count).AsTask();
        await TellAsync("no credit", [.. pull[..20], 0, 0, 0, 0]);
        await TellAsync("short", pull[..22]);
        await TellAsync("all", pull);
        using (IpcResponse end = await call)
            Console.WriteLine($"end: {end.Label}");
        await TellAsync("after the end", pull);

        Task<IpcResponse> wait = ContractSystem.Endpoint.CallAsync(0, (byte[])[.. count[..8], .. Number("WaitAsync"), .. count[12..20]]).AsTask();
        Task<IpcResponse> first = ContractSystem.Endpoint.CallAsync(0, pull).AsTask();
        await TellAsync("a second", pull);
        await ContractSystem.Endpoint.SendAsync(0, (byte[])[1, 0x11, .. count[2..20]]);
        using (IpcResponse end = await wait)
            Console.WriteLine($"cancelled: {end.Label}");
        using (IpcResponse end = await first)
            Console.WriteLine($"its pull: {end.Label}");
    });

    /// <summary>Pushes what there is not, without credit, twice at once, and what is no batch.</summary>
    public static void PushWrongly() => ReL4.Run(static async () =>
    {
        byte[] sum = [1, 0x10, 0, 0, .. Hash("Rel4.Contracts.Tests.IUploads"), .. Number("SumAsync"), 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
        byte[] push = [1, 0x13, .. sum[2..20], 0];
        byte[] asks = [.. push, 0, 0, 0, 0, 0];
        byte[] batch = [.. push, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0];
        await TellAsync("unknown", asks);
        Task<IpcResponse> call = ContractSystem.Endpoint.CallAsync(0, sum).AsTask();
        await TellAsync("no such stream", [.. push[..20], 1, 0, 0, 0, 0, 0]);
        await TellAsync("short", push[..20]);
        // What nobody gave credit for is found by whoever reads it, and ends the call.
        await TellAsync("first of items", batch);
        await TellEndAsync("its call", call);

        // Of a method that does not read, so that the first waits.
        byte[] take = [1, 0x10, 0, 0, .. sum[4..8], .. Number("TakeAsync"), .. sum[12..20], 1, 0, 0, 0];
        byte[] taking = [.. push[..8], .. take[8..20], 0];
        call = ContractSystem.Endpoint.CallAsync(0, take).AsTask();
        using (IpcResponse credit = await ContractSystem.Endpoint.CallAsync(0, (byte[])[.. taking, 0, 0, 0, 0, 0]))
            CheckCredit(credit);
        // It reads the one item of this, and waits.
        using (IpcResponse credit = await ContractSystem.Endpoint.CallAsync(0, (byte[])[.. taking, 0, 1, 0, 0, 0, 0, 0, 0, 0]))
            CheckCredit(credit);
        Task<IpcResponse> kept = ContractSystem.Endpoint.CallAsync(0, (byte[])[.. taking, .. batch[21..]]).AsTask();
        await TellAsync("a second", [.. taking, .. batch[21..]]);
        await ContractSystem.Endpoint.SendAsync(0, (byte[])[1, 0x11, .. take[2..20]]);
        (await call).Dispose();
        await TellEndAsync("after it ended", kept);

        foreach ((string what, byte[] wrong) in new (string, byte[])[]
        {
            ("too many items", [.. push, 0, 11, 0, 0, 0, .. new byte[44]]), ("garbage", [.. push, 0, 0xFF, 0xFF, 0xFF, 0x7F]), ("no kind", [.. push, 9]),
        })
        {
            call = ContractSystem.Endpoint.CallAsync(0, sum).AsTask();
            using (IpcResponse credit = await ContractSystem.Endpoint.CallAsync(0, asks))
                CheckCredit(credit);
            await TellAsync(what, wrong);
            (await call).Dispose();
        }

        await TellAsync("a call instead", [.. sum[..1], 0, .. sum[2..12], 1, 0, 0, 0]);
        Console.WriteLine(await UploadsContract.Connect(ContractSystem.Endpoint).SumAsync(1, new[] { 1, 2 }.ToAsyncEnumerable()));
    });

    /// <summary>Answers callbacks that there are not, and others by what is no answer.</summary>
    public static void AnswerWrongly() => ReL4.Run(static async () =>
    {
        byte[] keep = [1, 0x10, 0, 0, .. Hash("Rel4.Contracts.Tests.IWork"), .. Number("KeepAsync"), 9, 0, 0, 0, 0, 0, 0, 0];
        byte[] ask = [1, 0x14, .. keep[2..]];
        await TellAsync("unknown", ask);
        Task<IpcResponse> call = ContractSystem.Endpoint.CallAsync(0, keep).AsTask();
        await TellAsync("surplus", [.. ask, 0]);
        await TellAsync("a pull", [1, 0x12, .. ask[2..], 1, 0, 0, 0]);
        byte[] told = await AskAsync(ask);
        bool isRight = told[0] == 0 && told[1] == 1 && told[2] == 0x10 && told.AsSpan(5, 4).SequenceEqual(Hash("Rel4.Contracts.Tests.IWatcher"));
        Console.WriteLine(isRight ? "told" : Convert.ToHexString(told));
        Task<IpcResponse> kept = ContractSystem.Endpoint.CallAsync(0, ask).AsTask();
        await TellAsync("a second", ask);
        byte[] answer = [1, 0x15, .. keep[2..]];
        await ContractSystem.Endpoint.SendAsync(0, (byte[])[.. answer, .. new byte[8], 0, 0]);
        await ContractSystem.Endpoint.SendAsync(0, (byte[])[.. answer, 1]);
        for (int i = 0; i < 2; i++)
            await ContractSystem.Endpoint.SendAsync(0, (byte[])[.. answer, .. told[13..21], 0, 0]);
        await TellEndAsync("its ask", kept);
        await TellEndAsync("end", call);

        foreach ((string what, byte[] rest) in new (string, byte[])[] { ("right", [0, 0]), ("refused", [4, 1]), ("another contract", [3, 1]), ("surplus", [0, 0, 0]), ("label", [99, 0]), ("short", [1, 0, 7]) })
        {
            Task<IpcResponse> fail = ContractSystem.Endpoint.CallAsync(0, (byte[])[.. keep[..8], .. Number("FailAsync"), .. keep[12..], 1, 0, 0, 0, 1]).AsTask();
            told = await AskAsync(ask);
            await ContractSystem.Endpoint.SendAsync(0, (byte[])[.. answer, .. told[13..21], .. rest]);
            using IpcResponse end = await fail;
            Console.WriteLine($"{what}: {System.Text.Encoding.UTF8.GetString(end.Payload[4..])}");
        }

        await WorkContract.Connect(ContractSystem.Endpoint).KeepAsync(new CallbackPrograms.Watcher());
    });

    /// <summary>Serves calls with callbacks and streams, and gives what is none and more than may be.</summary>
    public static void ServeWrongly() => ReL4.Run(static async () =>
    {
        byte[] say = [0, 1, 0x10, 0, 0, .. Hash("Rel4.Contracts.Tests.IWatcher"), .. Number("DoubleAsync"), 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0];
        byte[] wait = [.. say[..9], .. Number("WaitAsync"), 1, .. say[14..21]];
        byte[][] script =
        [
            wait, wait, [.. say[..5], 1, 2, 3, 4, .. say[9..13], 2, .. say[14..]], [9, .. say[1..13], 3, .. say[14..]], [.. say[..9], 1, 2, 3, 4, 4, .. say[14..]],
            [.. say[..13], 5, .. say[14..23]], [.. say[..13], 6, .. say[14..]], [.. wait[..2], 0x11, .. wait[3..]], [1, 2, 3],
        ];
        int told = 0, pushed = 0;
        IpcRequest call = default;
        await foreach (IpcRequest request in ContractSystem.Endpoint.ReceiveAllAsync())
        {
            byte[] message = request.Payload.ToArray();
            switch (message[1] & 0xF)
            {
                case 0:
                    call = request;
                    break;
                case 3:
                    if (pushed++ == 1)
                        Console.WriteLine($"{BitConverter.ToInt32(message, 22)} items");
                    await request.ReplyAsync(0, BitConverter.GetBytes(pushed == 1 ? int.MaxValue : -5));
                    if (pushed == 2)
                        await call.ReplyAsync(0, BitConverter.GetBytes(7L));
                    break;
                case 4 when told < script.Length:
                    await request.ReplyAsync(0, script[told++]);
                    break;
                case 4:
                    Console.WriteLine("asks on, of what was no message");
                    break;
                case 5:
                    int label = BitConverter.ToUInt16(message, 28);
                    Console.WriteLine($"{message[20]}: {(label >= 0x100 ? $"{(ContractRefusal)(label - 0x100)}" : $"{label}")}");
                    if (label == 3)
                        await call.ReplyAsync(0);
                    break;
            }
        }
    });

    public static void CallAServerThatIsWrong() => ReL4.Run(static async () =>
    {
        await WorkContract.Connect(ContractSystem.Endpoint).KeepAsync(new CallbackPrograms.Watcher());
        Console.WriteLine("over");
        Console.WriteLine(await UploadsContract.Connect(ContractSystem.Endpoint).SumAsync(1, Enumerable.Range(0, 5000).ToAsyncEnumerable()));
    });

    private static async ValueTask<byte[]> AskAsync(byte[] ask)
    {
        while (true)
        {
            using IpcResponse response = await ContractSystem.Endpoint.CallAsync(0, ask);
            if (response.Label == 0)
                return response.Payload.ToArray();
        }
    }

    private static void CheckCredit(IpcResponse response)
    {
        if (response.Label != 0 || BitConverter.ToInt32(response.Payload) != 10)
            throw new InvalidOperationException($"The push was answered {response.Label}.");
    }

    private static async ValueTask CheckAsync() => Console.WriteLine(await CalculatorContract.Connect(ContractSystem.Endpoint).AddAsync(1, 1));

    private static ValueTask TellAsync(string what, byte[] message) => TellEndAsync(what, ContractSystem.Endpoint.CallAsync(0, message).AsTask());

    private static async ValueTask TellEndAsync(string what, Task<IpcResponse> call)
    {
        using IpcResponse response = await call;
        Console.WriteLine($"{what}: {(response.Label >= 0x100 ? $"{(ContractRefusal)(response.Label - 0x100)}" : $"{response.Label}")}");
    }

    /// <summary>Makes the message of an addition, as the page describes it.</summary>
    private static ValueTask<byte[]> CaptureAsync()
    {
        byte[] message = [1, 0, 0, 0, .. Hash("Rel4.Contracts.Tests.ICalculator"), .. Number("AddAsync"), 1, 0, 0, 0, 2, 0, 0, 0];
        return new(message);
    }

    internal static byte[] Number(string method) => BitConverter.GetBytes(BitConverter.ToUInt32(Hash(method)) | 0x8000_0000);

    internal static byte[] Hash(string name) => BitConverter.GetBytes(name.Aggregate(2166136261u, (hash, unit) => (hash ^ unit) * 16777619));
}
