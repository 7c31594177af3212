using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Composes a server and its clients, and what they are granted besides.</summary>
internal sealed class AsyncComposition
{
    private readonly EndpointDefinition _requests;
    private int _clients;

    public AsyncComposition(Action server)
    {
        _requests = Builder.AddEndpoint(AsyncSystem.Requests);
        Server = Builder.AddTask("server", server).Grant(AsyncSystem.Requests, _requests, AsyncSystem.Server);
    }

    public SystemBuilder Builder { get; } = new();

    public TaskBuilder Server { get; }

    /// <summary>Adds one of "client1", "client2", …, whose badge is its number.</summary>
    public TaskBuilder AddClient(Action program)
    {
        _clients++;
        return AddClient(string.Create(CultureInfo.InvariantCulture, $"client{_clients}"), program, (ulong)_clients);
    }

    /// <summary>Adds one by its name.</summary>
    /// <param name="name">Whose begins by "client" is waited for (<see cref="AsyncSystem.RunAsync"/>).</param>
    /// <param name="program">What it runs.</param>
    /// <param name="badge">Its badge; 0 for the one that the system gives it.</param>
    public TaskBuilder AddClient(string name, Action program, ulong badge = 0) =>
        Builder.AddTask(name, program).Grant(AsyncSystem.Requests, _requests, AsyncSystem.Client, badge);

    /// <summary>Lets one task signal a notification that another waits for.</summary>
    public void LetSignal(TaskBuilder sender, string name, TaskBuilder receiver)
    {
        NotificationDefinition notification = Builder.AddNotification(name);
        sender.Grant(name, notification, CapRights.Write, badge: 1);
        receiver.Grant(name, notification, CapRights.Read);
    }

    /// <summary>Lets tasks write one frame.</summary>
    public void Share(string name, params ReadOnlySpan<TaskBuilder> tasks)
    {
        FrameDefinition frame = Builder.AddFrame(name);
        foreach (TaskBuilder task in tasks)
            task.Grant(name, frame, CapRights.ReadWrite);
    }
}
