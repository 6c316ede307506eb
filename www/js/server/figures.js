'use strict';
// The server's metrics that the page draws, by their names at /metrics.
//
// Gives: wshub.serverFigures. Uses: prometheus.js.

wshub.serverFigures = (() => {
  const { sum } = wshub.prometheus;

  /** The figures of one reading; null for those that the server does not have. */
  function of(samples) {
    const total = (name, labels) => sum(samples, name, labels);
    const messages = (direction) => {
      const counts = ['text', 'binary'].map((kind) => total('wshub_messages_total', { direction, kind }));
      return counts.every((count) => count === null) ? null : counts[0] + counts[1];
    };
    return {
      uptime: total('wshub_uptime_seconds'),
      clients: total('wshub_clients'),
      clientsInAll: total('wshub_clients_opened_total'),
      received: messages('received'),
      sent: messages('sent'),
      queueHigh: total('wshub_queue_high_water_messages'),
      drops: total('wshub_dropped_messages_total'),
      evictions: total('wshub_slow_consumer_evictions_total'),
    };
  }

  /** The server's state in its cluster; null if it is in none. */
  function clusterOf(samples) {
    const up = sum(samples, 'wshub_cluster_up');
    if (up === null) return null;
    const info = samples.find(({ name }) => name === 'wshub_cluster_info');
    return {
      isUp: up === 1,
      node: info?.labels.get('node') ?? '',
      nodes: sum(samples, 'wshub_cluster_nodes'),
      sequence: sum(samples, 'wshub_cluster_sequence'),
      lag: sum(samples, 'wshub_cluster_lag_seconds'),
      waiting: sum(samples, 'wshub_cluster_waiting_inputs'),
      refused: sum(samples, 'wshub_cluster_refused_total'),
      gaps: sum(samples, 'wshub_cluster_gaps_total'),
    };
  }

  /** 3 s, 5 min, 2 h 10 min, 4 d 3 h */
  function duration(seconds) {
    if (seconds < 60) return `${Math.floor(seconds)} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
  }

  return { of, clusterOf, duration };
})();
