namespace Rel4.Runtime;

/// <summary>A task of .NET's as what lean async methods await. Any thread may make and await it.</summary>
/// <typeparam name="T">The result.</typeparam>
/// <param name="task">The task.</param>
/// <param name="getResult">Takes its result, or throws its exception.</param>
internal sealed class ForeignTask<T>(Task task, Func<Task, T> getResult) : Completion<T>(executor: null!)
{
    public override bool HasEnded(int version) => task.IsCompleted;

    public override T GetResult(int version) => getResult(task);

    public override ValueTask<T> ToValueTask(int version) => new((Task<T>)task);

    public override ValueTask ToUntypedValueTask(int version) => new(task);

    internal override void Suspend(CoFrame frame, int version)
    {
        // By hand: whatever context the method has installed, its frame goes on at home.
        Coroutine owner = Rel4.Runtime.Executor.Required.CurrentOwner;
        task.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(() => owner.Post(static frame => ((CoFrame)frame!).MoveNext(), frame));
    }

    internal override void OnCompleted(Action continuation, int version) => task.GetAwaiter().UnsafeOnCompleted(continuation);
}
