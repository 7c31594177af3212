namespace Rel4.Kernel.Tests;

/// <summary>Do <c>TCB_BindNotification</c> and <c>UnbindNotification</c> do what <c>object-api.xml</c> says?</summary>
public sealed unsafe class TcbBindNotificationTests
{
    private static readonly RefusalTable s_binds = new()
    {
        { "the service is a capability of the wrong type", s => Bind(s) with { Service = s.CSpace }, SeL4Error.IllegalOperation },
        { "no notification", s => Bind(s) with { Caps = [] }, SeL4Error.TruncatedMessage },
        { "an empty notification", s => Bind(s) with { Caps = [s.Empty] }, SeL4Error.IllegalOperation },
        { "the notification is a capability of the wrong type", s => Bind(s) with { Caps = [s.Endpoint] }, SeL4Error.IllegalOperation },
        { "no Read right", s => Bind(s) with { Caps = [s.Root.Given(s.Notification, CapRights.Write)] }, SeL4Error.IllegalOperation },
        { "the thread is bound already", BoundThread, SeL4Error.IllegalOperation },
        { "the thread is bound already, and no notification", s => BoundThread(s) with { Caps = [] }, SeL4Error.TruncatedMessage },
        { "the notification is bound already", BoundNotification, SeL4Error.IllegalOperation },
        { "threads wait for the notification", WaitedFor, SeL4Error.IllegalOperation },
        { "another thread is its receiver", RegisteredForAnother, SeL4Error.IllegalOperation },
    };

    private static readonly RefusalTable s_unbinds = new()
    {
        {
            "the service is a capability of the wrong type", s => s.Try(s.CSpace, InvocationLabel.TcbUnbindNotification),
            SeL4Error.IllegalOperation
        },
        { "the thread is not bound", s => s.Try(s.Target, InvocationLabel.TcbUnbindNotification), SeL4Error.IllegalOperation },
    };

    public static TheoryData<string> BindRefusals => s_binds.Names;

    public static TheoryData<string> UnbindRefusals => s_unbinds.Names;

    [Theory]
    [MemberData(nameof(BindRefusals))]
    public void BindNotification_ErrorCase_IsRefusedAndChangesNothing(string name) => s_binds.Check(name);

    [Theory]
    [MemberData(nameof(UnbindRefusals))]
    public void UnbindNotification_ErrorCase_IsRefusedAndChangesNothing(string name) => s_unbinds.Check(name);

    [Fact]
    public void BindNotification_ThreadReceivesForAnother_IsAllowed()
    {
        using var stage = new Stage();
        stage.Root.NotificationRegisterReceiver(stage.World.Notification("other"), stage.Target).Ok();
        Bind(stage).Make().Ok();
        stage.World.Check();
    }

    [Fact]
    public void BindNotification_Bound_OthersCannotWait()
    {
        using var stage = new Stage();
        StoryThread other = stage.World.Thread("other");
        Bind(stage).Make().Ok();
        other.Wait(other.Given(stage.Notification));
        other.Is(ThreadState.Inactive);
        stage.World.Check();
    }

    [Fact]
    public void UnbindNotification_Bound_FreesBoth()
    {
        using var stage = new Stage();
        Bind(stage).Make().Ok();
        stage.Root.TcbUnbindNotification(stage.Target).Ok();
        Bind(stage).Make().Ok();
        stage.World.Check();
    }

    [Fact]
    public void BindNotification_DeletedNotification_IsUnbound()
    {
        using var stage = new Stage();
        Bind(stage).Make().Ok();
        stage.Root.CNodeDelete(stage.CSpace, stage.Notification).Ok();
        stage.Root.TcbUnbindNotification(stage.Target).Is(SeL4Error.IllegalOperation);
        stage.World.Check();
    }

    private static Attempt Bind(Stage stage) => stage.Try(stage.Target, InvocationLabel.TcbBindNotification, [], stage.Notification);

    private static Attempt BoundThread(Stage stage)
    {
        stage.Root.TcbBindNotification(stage.Target, stage.World.Notification()).Ok();
        return Bind(stage);
    }

    private static Attempt BoundNotification(Stage stage)
    {
        stage.Root.TcbBindNotification(stage.World.Thread("other"), stage.Notification).Ok();
        return Bind(stage);
    }

    private static Attempt WaitedFor(Stage stage)
    {
        StoryThread other = stage.World.Thread("other");
        other.Wait(other.Given(stage.Notification));
        return Bind(stage);
    }

    private static Attempt RegisteredForAnother(Stage stage)
    {
        stage.Root.NotificationRegisterReceiver(stage.Notification, stage.World.Thread("other")).Ok();
        return Bind(stage);
    }
}
