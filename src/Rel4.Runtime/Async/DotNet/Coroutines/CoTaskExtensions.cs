namespace Rel4.Runtime;

/// <summary>Makes tasks that lean async methods may await of those of .NET.</summary>
public static class CoTaskExtensions
{
    /// <summary>Lets a method that returns a <see cref="CoTask"/> await a task of .NET's.</summary>
    /// <remarks>Allocates, as the task's own continuation does. Awaited on an executor's thread, it comes back there.</remarks>
    /// <exception cref="ArgumentNullException">There is no task.</exception>
    public static CoTask AsCoTask(this Task task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new CoTask(new ForeignTask<Nothing>(task, static task =>
        {
            task.GetAwaiter().GetResult();
            return default;
        }));
    }

    /// <inheritdoc cref="AsCoTask(Task)"/>
    public static CoTask<T> AsCoTask<T>(this Task<T> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new CoTask<T>(new ForeignTask<T>(task, static task => ((Task<T>)task).GetAwaiter().GetResult()));
    }

    /// <inheritdoc cref="AsCoTask(Task)"/>
    public static CoTask AsCoTask(this ValueTask task) => task.AsTask().AsCoTask();

    /// <inheritdoc cref="AsCoTask(Task)"/>
    public static CoTask<T> AsCoTask<T>(this ValueTask<T> task) => task.AsTask().AsCoTask();
}
