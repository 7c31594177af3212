using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Hosted.Tests.Supervision;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Do processes talk asynchronously as the interface says?</summary>
[Collection(nameof(OneKernel))]
public sealed class CallTests
{
    private static readonly RestartPolicy s_soon = new() { When = RestartCondition.Always, FirstDelay = TimeSpan.FromMilliseconds(1), Factor = 1 };

    private static readonly string[] s_fromPool =
    [
        "from the pool: 0 4 pool",
        "written in place from the pool: 0 3 yyy",
        "200 at once from the pool: 19900",
        "cancelled from the pool: cancelled",
        "time limit from the pool: TimeoutException ",
        "dropped from the pool: ReplyAbandonedException ",
    ];

    [Fact]
    public async Task Members_OfAnOpenChannel_DoAsTheySay()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MemberPrograms.Succeed));

        string[] expected =
        [
            "call: 77 5 hello",
            "call with a time limit: 0 7 in time",
            "ReL4.Call: 1 8 in place",
            "written in place: 0 3 xxx",
            "nothing: 0 0 ",
            "badge: 1",
            "sends: 6 13 one two three",
            "synchronous call: 0 21",
            "sends from the pool: 6 19 one two three four!",
        ];
        Assert.All(expected, line => Assert.Contains(line, written));
        AssertBeginnings(s_fromPool, written);
    }

    [Fact]
    public async Task Members_OnThreadWithoutExecutor_GoThroughTheProcesssOwn()
    {
        IReadOnlyList<string> written = await AsyncSystem.RunAsync(AsyncSystem.Compose(Service.Run, MemberPrograms.OutsideOfExecutor));

        AssertBeginnings(
            [.. s_fromPool, "receive: InvalidOperationException This thread has no executor", "receive all: InvalidOperationException", "poll: InvalidOperationException"],
            written);
    }

    [Fact]
    public async Task Members_Refused_SayWhy()
    {
        var builder = new SystemBuilder();
        EndpointDefinition requests = builder.AddEndpoint("requests"), plain = builder.AddEndpoint("plain");
        NotificationDefinition notification = builder.AddNotification("notification");
        builder.AddTask("server", Service.Run).Grant(AsyncSystem.Requests, requests, AsyncSystem.Server);
        builder.AddTask("plain", MemberPrograms.PlainServer).Grant(AsyncSystem.Requests, plain, AsyncSystem.Server);
        builder.AddTask("client", MemberPrograms.Refuse)
            .Grant(AsyncSystem.Requests, requests, AsyncSystem.Client)
            .Grant("without-grant", requests, CapRights.Write)
            .Grant("without-write", requests, CapRights.Read | CapRights.Grant)
            .Grant("plain", plain, AsyncSystem.Client)
            .Grant("write", notification, CapRights.Write, badge: 1)
            .Grant("read", notification, CapRights.Read);

        IReadOnlyList<string> written = await AsyncSystem.RunAsync(builder);

        AssertBeginnings(
        [
            "dropped: ReplyAbandonedException [NotAnswered 'requests'   again] ",
            "cancelled before: cancelled",
            "send cancelled before: cancelled",
            "cancelled: cancelled",
            "time limit: TimeoutException CallAsync through endpoint 'requests', label 3, had no reply within 0.05 s: whether the receiver acts on the message is unknown.",
            "without Grant: InvalidOperationException 'without-grant' was granted with Write only: no channel can be opened through it. Grant it with CapRights.Write | CapRights.Grant where the system is composed, or use another capability.",
            "without Write: InvalidOperationException 'without-write' was granted with Read, Grant only: no channel can be opened through it. ",
            "no capability: ChannelRefusedException [NoCapability ''   never] No channel can be opened through endpoint 999: the capability can't be sent to",
            "no capability, send: ChannelRefusedException [NoCapability ''   never] No channel can be opened through endpoint 999",
            "plain server: ChannelRefusedException [Refused 'plain'   never] No channel can be opened through endpoint 'plain': whoever receives from it answered 5. ",
            "receiving without Read: InvalidOperationException 'requests' was granted with Write, Grant only: nothing can be received through it. Grant it with CapRights.Read ",
            "waiting without Read: SeL4Exception ",
            "wait cancelled: cancelled",
            "wait cancelled late: cancelled",
            "poll: 0",
            "signalling without Write: InvalidOperationException 'read' was granted with Read only",
            "too large a reply to a synchronous call: ReplyAbandonedException [NotAnswered 'requests'   again] Call on capability 'requests' was taken but will not be answered: the receiver dropped its reply capability or died, or is an asynchronous server whose reply had more than the 960 bytes",
            "a length below 0: ArgumentOutOfRangeException ",
            "longer than the server takes: MessageTooLongException [TooLong 'requests'  67108864 never] A message of 1073741825 bytes is longer than the 67108864 bytes that the other side takes through endpoint 'requests'. Send it in parts: no message has more than 1 GiB.",
            "no callback: ArgumentNullException ",
            "callback throws: FormatException on purpose",
            "all is well after: 0 4 well",
        ], written);
    }

    [Fact]
    public async Task Reply_TooLongForASynchronousCaller_IsSaidByTheServer()
    {
        var recorder = new Recorder();
        await using RunningSystem system = await AsyncSystem.StartAsync(AsyncSystem.Compose(Service.Run, MemberPrograms.AskForTooMuch), recorder);
        await AsyncSystem.EndOfClientsAsync(system, recorder);

        await recorder.WaitForAsync(
            "reL4: a reply of 100000 bytes to a synchronous call through endpoint 'requests' (badge 1) was not sent: such a caller takes 960 bytes at most");
    }

    /// <summary>What a newcomer does wrong, and what the message must say to be of use.</summary>
    [Fact]
    public async Task Misuse_OfAMember_SaysWhatToDo()
    {
        var composition = new AsyncComposition(Service.Run);
        composition.AddClient(MemberPrograms.Misuse).Grant("unserved", composition.Builder.AddEndpoint("unserved"), AsyncSystem.Client);

        IReadOnlyList<string> written = await AsyncSystem.RunAsync(composition.Builder);

        AssertBeginnings(
        [
            "result: InvalidOperationException This operation has not ended, so it has no result yet: Result and GetAwaiter().GetResult() of a ValueTask don't wait",
            "nobody receives: TimeoutException CallAsync through endpoint 'unserved', label 0, had no reply within 0.05 s: no channel is open yet, so the message was not sent",
            "from the pool: InvalidOperationException This thread has no IPC buffer, so it can't make system calls: it is none of the kernel's, as those of the thread pool",
            "no such word: ArgumentOutOfRangeException The message has 1 words: look at Words.Length before a word is read.",
            "too little memory: ArgumentOutOfRangeException ReL4.MemoryPerPeer takes 1048576 bytes (1 MiB) or more.",
        ], written);
    }

    [Fact]
    public async Task Server_StartedAgain_IsCalledThroughANewChannel()
    {
        var composition = new AsyncComposition(Service.Run);
        composition.Server.Restart(s_soon);
        composition.AddClient(MemberPrograms.OutliveServer);

        Assert.Equal(
        [
            "first: 0 6 life 1", "pending: ChannelEndedException PeerEnded [PeerEnded 'requests' again]", "second: 0 6 life 2", "exit: ChannelEndedException PeerEnded [PeerEnded 'requests' again]", "third: 0 6 life 3",
        ], await AsyncSystem.RunAsync(composition.Builder));
    }

    private static void AssertBeginnings(IEnumerable<string> beginnings, IReadOnlyList<string> written) =>
        Assert.All(beginnings, beginning => Assert.True(
            written.Any(line => line.StartsWith(beginning, StringComparison.Ordinal)), $"'{beginning}' is not in:\n{string.Join('\n', written)}"));
}
