using System.Collections.Concurrent;

namespace Rel4.Hosted.Sandbox;

/// <summary>Is the thread that all children of a launcher are made by.</summary>
/// <remarks>
/// Children ask Linux to be killed when their parent ends, and for that the parent is the thread that made them. So it lives exactly as
/// long as its launcher; when the whole process is killed it ends too.
/// </remarks>
internal sealed class SpawnThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public SpawnThread()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "rel4-spawn" };
        _thread.UnsafeStart();
    }

    /// <summary>Runs a function on the thread, waits for it and returns its result or throws its exception.</summary>
    public T Invoke<T>(Func<T> function)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                result.SetResult(function());
            }
            catch (Exception failure)
            {
                result.SetException(failure);
            }
        });
        return result.Task.GetAwaiter().GetResult();
    }

    /// <summary>Ends the thread; Linux then kills the children.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (Action action in _work.GetConsumingEnumerable())
            action();
    }
}
