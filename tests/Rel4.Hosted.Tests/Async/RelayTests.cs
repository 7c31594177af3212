using System.Globalization;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Does a client learn what became of a call that its server passes on, and a server that its client has closed the channel?</summary>
public sealed class RelayTests
{
    [Fact]
    public async Task Fail_OfARequest_SaysWhetherItMayHaveBeenCarriedOut()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Relay.Run, Relay.CallAll));

        string[] expected =
        [
            "here NotDelivered: NotDeliveredException NotDelivered limit  again True acted False",
            "here Busy: NotDeliveredException OutOfResources limit  again True acted False",
            "here TooLong: MessageTooLongException TooLong limit 1000 again False acted False",
            "here Lost: ReplyAbandonedException NotAnswered limit  again True acted True",
        ];
        Assert.All(expected, line => Assert.Contains(line, written));
        Assert.All(expected, line => Assert.Contains(line.Replace("here", "elsewhere", StringComparison.Ordinal), written));
        Assert.Contains("no failure: ArgumentOutOfRangeException", written);
    }

    [Fact]
    public async Task CloseChannel_WithACallUnderWay_EndsItAndTheServerSeesTheCallerGo()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Relay.Run, Relay.CloseAndCallAgain));

        Assert.Contains("under way: ChannelEndedException EndedHere", written);
        Assert.Contains("gone before: 1", written);
    }

    /// <summary>Fails calls as they ask.</summary>
    private static class Relay
    {
        private const ushort Elsewhere = 0x100, Hold = 0x200, Gone = 0x201, Wrong = 0x202;
        private static int s_gone;

        public static void Run() => ReL4.Run(async () =>
        {
            await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
            {
                switch (request.Label)
                {
                    case Hold:
                        request.CallerGone.Register(() => Interlocked.Increment(ref s_gone));
                        break;
                    case Gone:
                        while (Volatile.Read(ref s_gone) == 0)
                            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
                        await request.ReplyAsync(0, BitConverter.GetBytes(s_gone));
                        break;
                    case Wrong:
                        Say("no failure", Assert.Throws<ArgumentOutOfRangeException>(() => request.Fail(0)).GetType().Name);
                        await request.ReplyAsync(0);
                        break;
                    case var label when label >= Elsewhere:
                        await Task.Run(() => request.Fail((RelayFailure)(label - Elsewhere), 1000));
                        break;
                    case var label:
                        request.Fail((RelayFailure)label, 1000);
                        break;
                }
            }
        });

        public static void CallAll() => ReL4.Run(async () =>
        {
            foreach (RelayFailure failure in Enum.GetValues<RelayFailure>())
            {
                await SayFailureAsync($"here {failure}", (ushort)failure);
                await SayFailureAsync($"elsewhere {failure}", (ushort)(Elsewhere + (ushort)failure));
            }

            (await AsyncSystem.Endpoint.CallAsync(Wrong)).Dispose();
        });

        public static void CloseAndCallAgain() => ReL4.Run(async () =>
        {
            EndpointCap endpoint = AsyncSystem.Endpoint;
            endpoint.CloseChannel();
            Task<IpcResponse> held = endpoint.CallAsync(Hold).AsTask();
            // The channel is open, and the call behind it was taken, when another is answered.
            (await endpoint.CallAsync(Wrong)).Dispose();

            endpoint.CloseChannel();
            ChannelEndedException end = await Assert.ThrowsAsync<ChannelEndedException>(() => held);
            Say("under way", $"{end.GetType().Name} {end.ErrorCode}");
            using IpcResponse gone = await endpoint.CallAsync(Gone);
            Say("gone before", BitConverter.ToInt32(gone.Payload).ToString(CultureInfo.InvariantCulture));
        });

        private static async ValueTask SayFailureAsync(string what, ushort label)
        {
            Rel4Exception error = await Assert.ThrowsAnyAsync<Rel4Exception>(() => AsyncSystem.Endpoint.CallAsync(label).AsTask());
            Say(what, $"{error.GetType().Name} {error.ErrorCode} limit {error.Limit} again {error.IsTransient} acted {error.MayHaveActed}");
        }

        private static void Say(string what, string text) => Console.WriteLine($"{what}: {text}");
    }
}
