using System.Collections.Concurrent;
using Rel4.Hosted.TaskSide;

namespace Rel4.Hosted.Tests.UserInterrupts;

/// <summary>Is a thread of the test's process that makes system calls of its own: it does what the test tells it, one after another.</summary>
internal sealed class TaskOnThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];

    public TaskOnThread(ulong tcb, ulong buffer)
    {
        Tcb = tcb;
        Buffer = buffer;
        new Thread(Run) { IsBackground = true, Name = "task" }.Start();
        Do(() => true);
    }

    public ulong Tcb { get; }

    public ulong Buffer { get; }

    /// <summary>Lets it do something, without waiting.</summary>
    public Task<T> Begin<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task;
    }

    /// <summary>Lets it do something and waits until it has.</summary>
    public T Do<T>(Func<T> work) => Eventually.Ends(Begin(work));

    /// <summary>Lets it do something and waits until it has.</summary>
    public void Do(Action work) => Do(() =>
    {
        work();
        return true;
    });

    public void Dispose() => _work.CompleteAdding();

    private void Run()
    {
        CurrentTask.AttachThread();
        TaskThread.Current!.Self = Tcb;
        foreach (Action work in _work.GetConsumingEnumerable())
            work();
        CurrentTask.DetachThread();
    }
}
