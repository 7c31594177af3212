using System.Diagnostics;

namespace Rel4.Contracts;

/// <summary>Traces calls by an <see cref="ActivitySource"/> named <c>Rel4.Contracts</c>, with OpenTelemetry's names for remote calls.</summary>
/// <remarks>Costs one look at a field where nobody listens. No activity stays the current one behind a method here: what follows is the caller's.</remarks>
internal static class ContractActivities
{
    private static readonly ActivitySource s_source = new("Rel4.Contracts");

    /// <summary>Gets whether anybody listens.</summary>
    public static bool AreWanted => s_source.HasListeners();

    /// <summary>Begins the activity of who calls.</summary>
    /// <returns>Null if nobody wants it.</returns>
    public static Activity? StartClient(string service, string method) => Start(ActivityKind.Client, service, method, parent: default);

    /// <summary>Begins the activity of who is called.</summary>
    /// <inheritdoc cref="StartClient" path="/returns"/>
    public static Activity? StartServer(ContractDispatcher dispatcher, uint method, in ActivityContext parent) =>
        dispatcher.NameOf(method) is { } name ? Start(ActivityKind.Server, dispatcher.Service, name, parent) : null;

    /// <summary>Makes an activity the current one.</summary>
    /// <returns>The one before, to make it that again.</returns>
    public static Activity? Enter(Activity activity)
    {
        Activity? outer = Activity.Current;
        Activity.Current = activity;
        return outer;
    }

    /// <summary>Ends an activity.</summary>
    public static void Stop(Activity activity, Exception? failure = null)
    {
        Activity? outer = Activity.Current;
        if (failure is not null)
            activity.SetStatus(ActivityStatusCode.Error, failure.Message).SetTag("error.type", failure.GetType().FullName);
        activity.Stop();
        Activity.Current = outer;
    }

    /// <summary>Makes a call in an activity, which ends with it.</summary>
    public static ValueTask<T> RunAsync<T>(Activity activity, Func<ValueTask<T>> call)
    {
        Activity? outer = Enter(activity);
        try
        {
            return StopAfterAsync(activity, call());
        }
        catch (Exception failure)
        {
            // What a program can know to be wrong is thrown at once.
            Stop(activity, failure);
            throw;
        }
        finally
        {
            Activity.Current = outer;
        }
    }

    private static async ValueTask<T> StopAfterAsync<T>(Activity activity, ValueTask<T> call)
    {
        try
        {
            T result = await call;
            Stop(activity);
            return result;
        }
        catch (Exception failure)
        {
            Stop(activity, failure);
            throw;
        }
    }

    private static Activity? Start(ActivityKind kind, string service, string method, in ActivityContext parent)
    {
        Activity? outer = Activity.Current;
        Activity? activity = s_source.StartActivity($"{service}/{method}", kind, parent)
            ?.SetTag("rpc.system", "rel4").SetTag("rpc.service", service).SetTag("rpc.method", method);
        Activity.Current = outer;
        return activity;
    }
}
